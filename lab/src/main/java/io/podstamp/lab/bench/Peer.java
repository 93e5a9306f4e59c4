package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.Run;
import io.podstamp.lab.Tranproxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A proxy of other people's inside a Pod, as a sidecar, with the rules that lead the Pod's calls
/// to it. Those of the proxy itself are told by its user.
record Peer(LabPod pod, Daemon daemon) implements AutoCloseable {
  /// Debian's number for `www-data`.
  private static final int UID = 33;

  private static final String USER = "www-data";
  private static final int LISTEN = 15081;
  private static final int UPLOAD_LISTEN = 15082;
  private static final int HTTP2_LISTEN = 15083;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  /// Starts it and waits until it listens.
  static Peer start(Contestant contestant, LabPod pod) {
    return switch (contestant) {
      case NGINX_TUNED -> nginx(pod, CORES, 20_000).await();
      case NGINX_2019 -> new Peer(pod, original(pod)).await();
      case HAPROXY -> haproxy(pod, "always").await();
      case HAPROXY_NO_REUSE -> haproxy(pod, "never").await();
      case ENVOY -> envoy(pod).await();
      case NONE, PODSTAMP, PODSTAMP_EARLY ->
          throw new IllegalArgumentException(contestant + " (expected: one with a sidecar)");
    };
  }

  /// nginx, not waited for.
  ///
  /// @param connections of each worker, both sides counted
  static Peer nginx(LabPod pod, int workers, int connections) {
    Map<String, Object> more = Map.of("workers", workers, "connections", connections);
    Path config = write(pod, "nginx.conf", more);
    return start(
        pod, "nginx", "-p", config.getParent() + "/", "-c", config.toString(), "-e", "stderr");
  }

  private static Peer haproxy(LabPod pod, String reuse) {
    Map<String, Object> more = Map.of("workers", CORES, "reuse", reuse);
    return start(pod, "haproxy", "-db", "-f", write(pod, "haproxy.cfg", more).toString());
  }

  private static Peer envoy(LabPod pod) {
    return start(
        pod,
        "setpriv",
        "--reuid=" + UID,
        "--regid=" + UID,
        "--clear-groups",
        "envoy",
        "--concurrency",
        String.valueOf(CORES),
        "-c",
        write(pod, "envoy.yaml", Map.of()).toString());
  }

  private static Peer start(LabPod pod, String... command) {
    String rules = new Template("redirect.nft").filled(values(pod, Map.of()));
    Run.of(new ProcessBuilder(pod.netns().inside(List.of("nft", "-f", "-"))), rules).orThrow();
    return new Peer(pod, Daemon.start(command[0], pod.netns().inside(List.of(command)), log(pod)));
  }

  /// nginx goes into the background here and a shell stays, so both get a PID namespace that ends
  /// with the shell.
  private static Daemon original(LabPod pod) {
    List<String> command =
        new ArrayList<>(
            List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"));
    command.addAll(
        Tranproxy.command(
            List.of(BenchServer.PORT, BenchServer.UPLOAD_PORT),
            List.of(Node.OUTSIDE_ADDRESS), // never asked: calls go to an address
            List.of(
                "X-Client-Hostname \"" + pod.name() + "\"", "X-Forwarded-For \"" + pod.ip() + "\""),
            List.of()));
    return Daemon.start("the original", pod.netns().inside(command), log(pod));
  }

  private Peer await() {
    daemon.await(this::isReady);
    return this;
  }

  /// Whether calls of the Pod arrive stamped.
  boolean isReady() {
    String stamp = pod.name() + "/" + pod.ip();
    return pod.curlRun("-f", BenchServer.url(stamp, "small")).isOk();
  }

  ProxyProcesses processes() {
    return ProxyProcesses.below(daemon.pid());
  }

  private static Path write(LabPod pod, String file, Map<String, Object> more) {
    try {
      Path home = Files.createDirectories(home(pod));
      return Files.writeString(home.resolve(file), new Template(file).filled(values(pod, more)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> values(LabPod pod, Map<String, Object> more) {
    Map<String, Object> values = new java.util.HashMap<>(more);
    values.put("http2Port", BenchServer.HTTP2_PORT);
    values.put("http2Listen", HTTP2_LISTEN);
    values.putAll(
        Map.of(
            "uid",
            UID,
            "user",
            USER,
            "hostname",
            pod.name(),
            "ip",
            pod.ip(),
            "server",
            Node.OUTSIDE_ADDRESS,
            "port",
            BenchServer.PORT,
            "uploadPort",
            BenchServer.UPLOAD_PORT,
            "listen",
            LISTEN,
            "uploadListen",
            UPLOAD_LISTEN));
    return values;
  }

  private static Path home(LabPod pod) {
    return Lab.FOLDER.resolve("peer-" + pod.name());
  }

  private static Path log(LabPod pod) {
    return home(pod).resolve("log");
  }

  /// Ends it and takes its rules away, if they are ours: another one may follow in the same Pod.
  @Override
  public void close() {
    daemon.close();
    pod.run("nft", "delete", "table", "ip", "bench");
  }
}
