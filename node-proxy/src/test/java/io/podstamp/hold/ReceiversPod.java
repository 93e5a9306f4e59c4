package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.TestAgent;
import io.podstamp.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A captured Pod in front of receivers of the PROXY protocol, each of which says whom it takes for
/// its client, the port too: our own connection to it is from another one.
abstract class ReceiversPod extends HeldPod {
  private final List<Process> receivers = new ArrayList<>();
  @TempDir Path home;

  /// The rules of the receivers, as they are configured.
  abstract String rules();

  @BeforeEach
  void captureWithReceivers() throws Exception {
    agent.config = ConfigFile.parse("c", "proxyProtocol:\n" + rules());
    capture(TestAgent.ENABLED);
    pod.exec(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=receiver",
        "-addext",
        "subjectAltName=IP:" + WORLD,
        "-keyout",
        home.resolve("key").toString(),
        "-out",
        home.resolve("cert").toString());
  }

  @AfterEach
  void endReceivers() throws InterruptedException {
    for (Process receiver : receivers) {
      receiver.destroy();
      if (!receiver.waitFor(Duration.ofSeconds(10))) {
        receiver.destroyForcibly().waitFor();
      }
    }
  }

  /// Starts a program outside, and waits until it listens.
  void start(int port, String... command) throws Exception {
    List<String> outside =
        new ArrayList<>(List.of("ip", "netns", "exec", world.path().getFileName().toString()));
    outside.addAll(List.of(command));
    Path log = home.resolve(command[0].replace('/', '-') + ".log");
    Process receiver =
        new ProcessBuilder(outside)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    receivers.add(receiver);
    await(
        () -> {
          assertThat(receiver.isAlive()).as("%s", Files.readString(log)).isTrue();
          return world.exec("ss", "-Hltn", "sport = :" + port).contains("LISTEN");
        });
  }

  /// What the receiver answers, and behind it the port that the client used.
  String curl(String url, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("curl", "-sS", "-m", "20", "--cacert", home.resolve("cert").toString()));
    command.addAll(List.of("-w", "%{local_port}\\n"));
    command.addAll(List.of(more));
    command.add(url);
    return pod.exec(command.toArray(String[]::new));
  }
}
