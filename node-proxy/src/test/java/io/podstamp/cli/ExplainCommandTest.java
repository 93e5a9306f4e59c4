package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.explain.Explanation;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplainCommandTest {
  private static final Terminal COLOURED = new Terminal(true, true, 24, 80);

  @Test
  void exitStatus_tellsTheVerdict() {
    assertThat(ExplainCommand.exitStatus("captured")).isZero();
    for (String verdict : List.of("not captured", "failed", "draining", "shadow")) {
      assertThat(ExplainCommand.exitStatus(verdict)).isEqualTo(3);
    }
    assertThat(ExplainCommand.exitStatus("unknown")).isEqualTo(4);
  }

  @Test
  void onATerminal_verdictAndRemediesStandOut() {
    Explanation well =
        new Explanation("a/b", "captured", List.of("a/b is captured.", "So."), List.of());
    Explanation ill =
        new Explanation("a/b", "failed", List.of("It failed.", "\033[2J"), List.of("mend it"));

    assertThat(ExplainCommand.painted(well, Terminal.NONE))
        .isEqualTo("a/b is captured.\nSo.\nNothing to do.");
    assertThat(ExplainCommand.painted(well, COLOURED))
        .isEqualTo("\033[32ma/b is captured.\033[0m\nSo.\n\033[1mNothing to do.\033[0m");
    assertThat(ExplainCommand.painted(ill, COLOURED))
        .isEqualTo("\033[31mIt failed.\033[0m\n?[2J\n\033[1mTo change that: mend it.\033[0m");
  }
}
