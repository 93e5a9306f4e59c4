package io.podstamp.cli;

import io.podstamp.cli.Terminal.Tone;
import io.podstamp.config.Labels;
import io.podstamp.doctor.Finding;
import io.podstamp.doctor.Finding.Level;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Findings as lines for people, or as JSON.
record FindingsReport(PrintWriter out, OutputFormat output) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int WIDEST_NAME = 18;

  /// Prints them.
  ///
  /// @return the exit status: 1 if anything fails
  int print(List<Finding> findings) {
    switch (output) {
      case json -> out.println(Output.json(JSON.valueToTree(json(findings)), Terminal.here()));
      case table -> print(findings, Terminal.here());
    }
    return findings.stream().anyMatch(finding -> finding.level() == Level.FAIL) ? 1 : 0;
  }

  private static List<Line> json(List<Finding> findings) {
    return findings.stream().map(Line::of).toList();
  }

  /// As JSON has it; the names are a contract.
  record Line(String check, String level, String sentence, @Nullable String fix) {
    static Line of(Finding finding) {
      return new Line(
          finding.check(), Labels.of(finding.level()), finding.sentence(), finding.fix());
    }
  }

  private void print(List<Finding> findings, Terminal terminal) {
    for (Finding finding : findings) {
      Tone tone =
          switch (finding.level()) {
            case OK -> Tone.GOOD;
            case WARN -> Tone.WARNING;
            case FAIL -> Tone.BAD;
          };
      String level = Labels.of(finding.level());
      out.println(
          terminal.paint(tone, String.format("%-4s", level))
              + String.format("  %-" + WIDEST_NAME + "s  ", finding.check())
              + Terminal.plain(finding.sentence()).replace('\n', ' ')
              + (finding.fix() == null
                  ? ""
                  : "\n" + " ".repeat(WIDEST_NAME + 8) + "→ " + finding.fix()));
    }
    long failed = findings.stream().filter(finding -> finding.level() == Level.FAIL).count();
    long warned = findings.stream().filter(finding -> finding.level() == Level.WARN).count();
    out.println(findings.size() + " looked at, " + failed + " failed, " + warned + " to be known");
  }
}
