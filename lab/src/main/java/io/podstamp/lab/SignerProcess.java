package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `podstamp signer` on the Node's loopback: the real executable, with a certificate as
/// docs/identity.md has one made. It may be killed and started again.
final class SignerProcess implements AutoCloseable {
  /// Where agents ask.
  static final String URL = "https://127.0.0.1:15913";

  private static final String NAMESPACE = "podstamp";
  private static final String NAME = "podstamp-signer";
  private static final String METRICS = "127.0.0.1:15914";

  private final List<String> command;
  private final ApiServer api;
  private final Path log;
  private Daemon daemon;

  private SignerProcess(List<String> command, ApiServer api, Path log) {
    this.command = command;
    this.api = api;
    this.log = log;
    this.daemon = launch();
  }

  /// Starts it, and waits until it is ready.
  ///
  /// @param identity the mapping of that name, as in the agents' config
  static SignerProcess start(Path podstamp, ApiServer api, Path folder, String identity) {
    Path tls = folder.resolve("tls");
    Path config = folder.resolve("signer.yaml");
    try {
      Files.createDirectories(tls);
      Files.writeString(config, identity);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Run.ok(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "3650",
        "-subj",
        "/CN=podstamp-signer",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        tls.resolve("tls.key").toString(),
        "-out",
        tls.resolve("tls.crt").toString());
    api.createForSigner(NAMESPACE, NAME);
    return new SignerProcess(
        List.of(
            podstamp.resolve("bin/podstamp").toString(),
            "signer",
            "--config=" + config,
            "--kubeconfig=" + api.writeKubeconfig(folder.resolve("kubeconfig-of-signer")),
            "--namespace=" + NAMESPACE,
            "--name=" + NAME,
            "--pod-name=signer-0",
            "--tls-dir=" + tls,
            "--listen=127.0.0.1:15913",
            "--metrics=" + METRICS),
        api,
        folder.resolve("signer.log"));
  }

  private Daemon launch() {
    return Daemon.start("signer", command, log)
        .await(() -> Run.of(List.of("curl", "-sf", "http://" + METRICS + "/readyz")).isOk());
  }

  /// What it has published under a name.
  String published(String key) {
    return api.configMap(NAMESPACE, NAME).getOrDefault(key, "");
  }

  /// The text of its metrics page.
  String metrics() {
    return Run.ok("curl", "-sf", "http://" + METRICS + "/metrics");
  }

  void kill() {
    daemon.kill();
  }

  void restart() {
    daemon.close();
    daemon = launch();
  }

  String logText() {
    return daemon.logText();
  }

  @Override
  public void close() {
    daemon.close();
  }
}
