package io.podstamp.cli;

import io.podstamp.admin.PodsPage;
import io.podstamp.cli.Terminal.Tone;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// What `podstamp pods --watch` shows: a line on the Node, what is wrong with its agent, then as
/// many Pods as fit, those in trouble first. Pure.
record PodsScreen(Terminal terminal, Instant now) {

  /// As many lines as the terminal has at most, none wider than it is.
  List<String> lines(AgentLook look, List<PodsPage.Row> pods, Map<String, Double> rates) {
    List<String> lines = new ArrayList<>();
    lines.add(
        terminal.paint(
            Tone.STRONG,
            terminal.cut(
                "%s  %s  %s  (q ends)"
                    .formatted(look.node(), now.truncatedTo(ChronoUnit.SECONDS), summary(pods)))));
    look.troubles().stream().map(this::trouble).forEach(lines::add);
    if (pods.isEmpty()) {
      lines.add(PodsTable.NONE);
    } else {
      List<PodsPage.Row> sorted =
          pods.stream().sorted(Comparator.comparing(PodsTable::isWell)).toList();
      lines.addAll(new PodsTable(terminal, now, rates).lines(sorted));
    }
    int most = terminal.rows();
    if (lines.size() <= most) {
      return lines;
    }
    List<String> shown = new ArrayList<>(lines.subList(0, Math.max(0, most - 1)));
    shown.add("and " + (lines.size() - shown.size()) + " more");
    return shown;
  }

  /// In one line, as far as it fits.
  String trouble(String sentence) {
    return terminal.paint(Tone.BAD, terminal.cut(Terminal.plain(sentence).replace('\n', ' ')));
  }

  private static String summary(List<PodsPage.Row> pods) {
    long captured = pods.stream().filter(pod -> pod.state().equals("captured")).count();
    long ill = pods.stream().filter(pod -> !PodsTable.isWell(pod)).count();
    return "%d %s, %d captured%s"
        .formatted(
            pods.size(),
            pods.size() == 1 ? "Pod" : "Pods",
            captured,
            ill == 0 ? "" : ", " + ill + " in trouble");
  }
}
