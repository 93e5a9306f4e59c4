package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `scripts/in-own-node.sh`, tried inside the Node that it made for this JVM: Nodes nest.
final class InOwnNodeTest {
  private static final String SCRIPT = "../scripts/in-own-node.sh";

  @Test
  void command_hasItsOwnInputOutputAndStatus() {
    Run run = Run.of(new ProcessBuilder(SCRIPT, "sh", "-c", "cat; echo oops >&2; exit 7"), "hello");

    assertThat(run.out()).isEqualTo("hello");
    assertThat(run.err()).isEqualTo("oops\n");
    assertThat(run.status()).isEqualTo(7);
  }

  @Test
  void node_startsEmpty_andLeavesNothing() {
    String inside = "ip netns add x && touch /run/mark && ip -br link && ls /run/netns";

    assertThat(Run.ok(SCRIPT, "sh", "-c", inside))
        .startsWith("lo ")
        .endsWith("x\n")
        .hasLineCount(2);

    assertThat(Run.ok("ls", "/run")).doesNotContain("mark");
    assertThat(Run.ok("ip", "netns", "list")).doesNotContain("x");
  }

  @Test
  void script_killed_takesEverythingAlong() throws IOException, InterruptedException {
    for (String signal : List.of("-KILL", "-TERM")) {
      Process script = new ProcessBuilder(SCRIPT, "sh", "-c", "sleep 4711 & wait").start();
      assertThat(Wait.until(Duration.ofSeconds(10), InOwnNodeTest::sleeps)).isTrue();

      Run.ok("kill", signal, String.valueOf(script.pid()));

      assertThat(script.waitFor()).isNotZero();
      assertThat(Wait.until(Duration.ofSeconds(10), () -> !sleeps())).isTrue();
    }
  }

  private static boolean sleeps() {
    return Run.of(List.of("pgrep", "-f", "^sleep 4711")).isOk();
  }
}
