package io.podstamp.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Ports on which an application of the Pod listens.
public final class TakenPorts implements AutoCloseable {
  private final List<Process> listeners = new ArrayList<>();

  /// Returns once all of them listen.
  public TakenPorts(TestNetns pod, List<Integer> ports) throws IOException {
    for (int port : ports) {
      listeners.add(
          new ProcessBuilder(
                  "nsenter",
                  "--net=" + pod.path(),
                  "perl",
                  "-MIO::Socket::INET",
                  "-e",
                  "$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 1) or die; sleep",
                  String.valueOf(port))
              .start());
    }
    await()
        .untilAsserted(
            () -> {
              for (int port : ports) {
                assertThat(pod.exec("ss", "-Htln")).contains("127.0.0.1:" + port);
              }
            });
  }

  @Override
  public void close() {
    for (Process listener : listeners) {
      listener.destroyForcibly().onExit().join();
    }
  }
}
