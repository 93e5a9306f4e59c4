package io.podstamp.cli;

import io.podstamp.admin.PodsPage;
import io.podstamp.cli.Terminal.Tone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Pods as lines of a table, as wide as what is in it. Pure.
///
/// @param now what ages are counted to
/// @param rates requests a second by [#key]; empty when there was only one look
record PodsTable(Terminal terminal, Instant now, Map<String, Double> rates) {
  private static final String GAP = "  ";

  /// In place of lines.
  static final String NONE = "No Pods: CNI has told the agent of none, and none is switched on.";

  /// Tells one Pod's sandbox from another's.
  static String key(PodsPage.Row pod) {
    return pod.containerId() + "/" + pod.listenerPort();
  }

  /// Whether nothing is wrong with it.
  static boolean isWell(PodsPage.Row pod) {
    return pod.troubles() == null || pod.troubles().isEmpty();
  }

  /// The head and a line for each Pod.
  List<String> lines(List<PodsPage.Row> pods) {
    List<String[]> cells = new ArrayList<>();
    cells.add(head());
    pods.forEach(pod -> cells.add(cells(pod)));
    int[] widths = new int[cells.getFirst().length];
    for (String[] row : cells) {
      Arrays.setAll(widths, i -> Math.max(widths[i], row[i].length()));
    }
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < cells.size(); row++) {
      String line = terminal.cut(join(cells.get(row), widths));
      lines.add(
          row == 0
              ? terminal.paint(Tone.STRONG, line)
              : painted(line, widths[0] + GAP.length(), pods.get(row - 1)));
    }
    return lines;
  }

  private String[] head() {
    return new String[] {
      "POD",
      "STATE",
      "VERIFIED",
      "OPEN",
      "REQ/S",
      "REQUESTS",
      "STAMPED",
      "REFUSED",
      "PORTS",
      "REASON"
    };
  }

  private String[] cells(PodsPage.Row pod) {
    Double rate = rates.get(key(pod));
    return new String[] {
      Terminal.plain(pod.namespace() + "/" + pod.name()),
      Terminal.plain(pod.state()),
      age(pod.verified()),
      String.valueOf(pod.connections()),
      rate == null ? "-" : String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%.0f", rate),
      String.valueOf(pod.counts().requestsStamped()),
      share(pod),
      String.valueOf(refused(pod)),
      pod.ports().stream().map(String::valueOf).collect(Collectors.joining(",")),
      troubles(pod)
          + shadowed(pod)
          + clientValues(pod)
          + proxyHeaders(pod)
          + tokens(pod)
          + Terminal.plain(pod.reason()).replace('\n', ' ')
    };
  }

  private String age(String verified) {
    Duration age = Duration.between(Instant.parse(verified), now);
    return age.toDays() > 9999
        ? "never"
        : age.toMinutes() < 2
            ? Math.max(0, age.toSeconds()) + " s ago"
            : age.toHours() < 2 ? age.toMinutes() + " min ago" : age.toHours() + " h ago";
  }

  /// Of the connections, how many stayed on the stamped path.
  private static String share(PodsPage.Row pod) {
    long all = pod.counts().connections();
    PodsPage.Refused refused = pod.counts().refused();
    long left = pod.counts().connectionsUnstamped() + (refused == null ? 0 : refused.connections());
    return all == 0 ? "-" : Math.max(0, all - left) * 100 / all + " %";
  }

  /// Requests, and connections that were to carry a protected name.
  private static long refused(PodsPage.Row pod) {
    PodsPage.Refused refused = pod.counts().refused();
    return pod.counts().requestsRefused() + (refused == null ? 0 : refused.tripped());
  }

  private static String troubles(PodsPage.Row pod) {
    List<String> troubles = pod.troubles();
    return troubles == null
        ? ""
        : troubles.stream()
            .filter(trouble -> !pod.reason().contains(trouble))
            .map(trouble -> Terminal.plain(trouble) + "; ")
            .collect(Collectors.joining());
  }

  /// What shadow mode counted.
  private static String shadowed(PodsPage.Row pod) {
    String ports =
        pod.shadow().stream()
            .filter(seen -> seen.connections() > 0)
            .map(seen -> seen.connections() + " to port " + seen.port())
            .collect(Collectors.joining(", "));
    return ports.isEmpty() ? "" : "would have captured " + ports + "; ";
  }

  /// Which headers of the stamp's the Pod sends itself.
  private static String clientValues(PodsPage.Row pod) {
    Map<String, Long> sent = pod.counts().clientValues();
    return sent == null || sent.isEmpty()
        ? ""
        : "sends %s itself; ".formatted(String.join(", ", new TreeMap<>(sent).keySet()));
  }

  /// How many connections began with a header of the PROXY protocol.
  private static String proxyHeaders(PodsPage.Row pod) {
    Long sent = pod.counts().proxyHeaders();
    return sent == null || sent == 0 ? "" : sent + " PROXY headers; ";
  }

  /// How many requests carried a signed token.
  private static String tokens(PodsPage.Row pod) {
    Long sent = pod.counts().tokens();
    return sent == null || sent == 0 ? "" : sent + " signed; ";
  }

  private static String join(String[] cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      String fill = " ".repeat(widths[i] - cells[i].length());
      boolean number = i >= 2 && i <= 7;
      line.append(i == 0 ? "" : GAP).append(number ? fill + cells[i] : cells[i] + fill);
    }
    return line.toString().stripTrailing();
  }

  private String painted(String line, int from, PodsPage.Row pod) {
    String state = Terminal.plain(pod.state());
    int to = from + state.length();
    if (to > line.length()) {
      return line;
    }
    Tone tone =
        switch (state) {
          case "captured" -> isWell(pod) ? Tone.GOOD : Tone.WARNING;
          case "failed" -> Tone.BAD;
          case "off" -> Tone.FAINT;
          default -> Tone.WARNING;
        };
    return line.substring(0, from)
        + terminal.paint(tone, line.substring(from, to))
        + line.substring(to);
  }
}
