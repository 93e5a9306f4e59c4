package io.podstamp.lab;

import java.io.PrintStream;
import java.util.List;

/// How the demo talks: numbered chapters, and under each the gateway's log lines summed up. What a
/// chapter claims has to be proven from those lines, or the story ends there.
final class Story {
  private static final String ROW = "     %-9s %-12s │ %-12s %-18s %-16s %s%n";

  private final PrintStream out;
  private int chapter;

  Story(PrintStream out) {
    this.out = out;
  }

  /// A claim that the gateway's log does not bear out.
  static final class NotProven extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotProven(String claim) {
      super("not proven: " + claim);
    }
  }

  void chapter(String title) {
    out.printf("%n  %d. %s%n", ++chapter, title);
  }

  void say(String text, Object... values) {
    out.printf("     " + text + "%n", values);
  }

  void header() {
    out.printf(
        ROW, "Pod", "its IP", "peer seen", "X-Client-Hostname", "X-Forwarded-For", "answers");
  }

  /// One row for all requests of a Pod that look the same.
  void row(LabPod pod, List<Gateway.Request> requests) {
    requests.stream()
        .map(request -> List.of(request.peer(), request.hostname(), request.forwardedFor()))
        .distinct()
        .forEach(
            seen ->
                out.printf(
                    ROW,
                    pod.name(),
                    pod.ip(),
                    seen.get(0),
                    orDash(seen.get(1)),
                    orDash(seen.get(2)),
                    answers(requests)));
  }

  void prove(String claim, boolean fact) {
    if (!fact) {
      throw new NotProven(claim);
    }
    out.printf("     ✓ %s%n", claim);
  }

  private static String orDash(String value) {
    return value.isEmpty() ? "-" : value;
  }

  private static String answers(List<Gateway.Request> requests) {
    StringBuilder text = new StringBuilder();
    requests.stream()
        .map(Gateway.Request::status)
        .distinct()
        .sorted()
        .forEach(
            status ->
                text.append(requests.stream().filter(r -> r.status() == status).count())
                    .append(" × ")
                    .append(status)
                    .append("  "));
    return text.toString().strip();
  }
}
