package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The table of `docs/coming-from-nginx-tranproxy.md`, line by line.
final class SidecarTableTest {
  @Test
  void sidecar_doesBetterThanTheOriginal_atEveryLine() {
    try (SidecarPods pods = new SidecarPods()) {
      assertThat(SidecarTable.measure(pods, Path.of("../target/podstamp")))
          .containsExactlyElementsOf(
              List.of(
                  row(SidecarTable.VERSION, "HTTP/1.0", "HTTP/1.1"),
                  row(SidecarTable.CONNECTION, "close", "none"),
                  row(SidecarTable.HOST, "shop.lab.test:8080", "Shop.lab.test:8080"),
                  row(SidecarTable.VALUE, "a b", "a:b"),
                  row(SidecarTable.UPLOAD, "413", "200"),
                  row(SidecarTable.WEBSOCKET, "426 Upgrade Required", "101 Switching Protocols"),
                  row(
                      SidecarTable.STREAM,
                      "nothing comes until the end",
                      "the first line comes at once"),
                  row(SidecarTable.IPV6, "not stamped", "stamped"),
                  row(SidecarTable.RESTARTS, "4", "1"),
                  row(SidecarTable.STATUS, "runs on", "exit status 7"),
                  row(SidecarTable.ARGUMENTS, "[a][b]", "[a b]"),
                  row(SidecarTable.SIGTERM, "runs on", "exit status 143")));
    }
  }

  private static SidecarTable.Row row(String behaviour, String nginx, String podstamp) {
    return new SidecarTable.Row(behaviour, nginx, podstamp);
  }
}
