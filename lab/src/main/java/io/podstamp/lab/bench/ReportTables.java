package io.podstamp.lab.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A report in Markdown: a table for each workload, and one of the verdicts.
record ReportTables(Report report) {

  String text() {
    return "%s%n%nMode %s, %d rounds; a cell is the median (least to most). %s.%n%n%s%n%s"
        .formatted(
            report.machine().text(),
            report.effort().mode(),
            report.effort().rounds(),
            "Sizes: " + report.effort().reductions(),
            report.results().workloads().stream()
                .map(this::table)
                .collect(Collectors.joining("\n")),
            verdicts());
  }

  private String table(String workload) {
    List<Figure> figures = report.results().figures(workload);
    StringBuilder table = new StringBuilder("## " + workload + ": " + title(workload) + "\n\n");
    row(table, "", figures.stream().map(Figure::title).toList());
    row(table, "---", figures.stream().map(_ -> "---").toList());
    for (String contestant : report.results().contestants(workload)) {
      row(
          table,
          contestant,
          figures.stream().map(figure -> cell(workload, contestant, figure)).toList());
    }
    return table.toString();
  }

  private String title(String workload) {
    String name = workload.split(" ", 2)[0];
    return report.workloads().stream()
        .filter(it -> it.name().equals(name))
        .map(Workload::title)
        .findFirst()
        .orElse("");
  }

  private String cell(String workload, String contestant, Figure figure) {
    return report
        .results()
        .spread(workload, contestant, figure)
        .map(
            spread ->
                spread.least() == spread.most()
                    ? figure.text(spread.median())
                    : "%s (%s to %s)"
                        .formatted(
                            figure.text(spread.median()),
                            figure.text(spread.least()),
                            figure.text(spread.most())))
        .orElse("");
  }

  private String verdicts() {
    if (report.verdicts().isEmpty()) {
      return "";
    }
    StringBuilder table = new StringBuilder("## Goals\n\n");
    row(table, "", List.of("measured", "goal", "reached"));
    row(table, "---", List.of("---", "---", "---"));
    for (Verdict verdict : report.verdicts()) {
      row(
          table,
          verdict.name(),
          List.of(
              String.format(Locale.ROOT, "%.2f", verdict.ratio()),
              "%s %s".formatted(verdict.bound().words(), verdict.goal()),
              verdict.pass() ? "yes" : "no"));
    }
    return table.toString();
  }

  private static void row(StringBuilder table, String first, List<String> cells) {
    table.append("| ").append(first).append(" | ");
    table.append(String.join(" | ", cells)).append(" |\n");
  }
}
