package io.podstamp.cli;

import io.podstamp.admin.PodsPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `podstamp pods`: every Pod of this node and where it stands; with `--watch` again and again.
@Command(
    name = "pods",
    description = "Lists this node's Pods and where each stands.",
    mixinStandardHelpOptions = true)
final class PodsCommand implements Callable<Integer> {
  private static final long PERIOD_SECONDS = 2;

  /// `xterm`: the other screen without a cursor, and back.
  private static final String ENTER = "\033[?1049h\033[?25l";

  private static final String LEAVE = "\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K\n";
  private static final String CLEAR_REST = "\033[J";

  @Mixin private AgentClient agent;

  @Option(
      names = "--output",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "table")
  private OutputFormat output;

  @Option(
      names = {"--watch", "-w"},
      description = "Look again every 2 s, until interrupted.")
  private boolean watch;

  @Spec private CommandSpec spec;

  private Map<String, Look> before = Map.of();

  private record Look(long requests, long nanos) {}

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  PodsCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Terminal terminal = output == OutputFormat.table ? Terminal.here() : Terminal.NONE;
    boolean redraw = watch && terminal.interactive();
    if (redraw) {
      out.print(ENTER);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("terminal")
                  .unstarted(
                      () -> {
                        out.print(LEAVE);
                        out.flush();
                      }));
    }
    while (true) {
      if (redraw) {
        draw(out, Terminal.here());
      } else {
        out.println(output == OutputFormat.json ? agent.get("/pods").strip() : table(terminal));
      }
      out.flush();
      if (!watch) {
        return 0;
      }
      TimeUnit.SECONDS.sleep(PERIOD_SECONDS);
      if (!redraw && output == OutputFormat.table) {
        out.println();
      }
    }
  }

  /// An agent that is being upgraded does not end the watching.
  private void draw(PrintWriter out, Terminal terminal) {
    List<String> lines;
    try {
      lines = List.of(table(terminal).split("\n", -1));
    } catch (IOException e) {
      lines =
          List.of(
              terminal.paint(Terminal.Tone.BAD, Terminal.plain(String.valueOf(e.getMessage()))));
    }
    out.print(HOME);
    int shown = Math.min(lines.size(), terminal.rows() - 2);
    lines.subList(0, shown).forEach(line -> out.print(line + CLEAR_LINE));
    if (shown < lines.size()) {
      out.print("and " + (lines.size() - shown) + " more" + CLEAR_LINE);
    }
    out.print(CLEAR_REST);
  }

  private String table(Terminal terminal) throws IOException {
    List<PodsPage.Row> pods = agent.pods();
    PodsTable table = new PodsTable(terminal, Instant.now(), rates(pods));
    return pods.isEmpty()
        ? "No Pods: CNI has told the agent of none, and none is switched on."
        : String.join("\n", table.lines(pods));
  }

  private Map<String, Double> rates(List<PodsPage.Row> pods) {
    long now = System.nanoTime();
    Map<String, Double> rates = new HashMap<>();
    Map<String, Look> looks = new HashMap<>();
    for (PodsPage.Row pod : pods) {
      Look look = new Look(pod.counts().requestsStamped(), now);
      Look last = before.get(PodsTable.key(pod));
      if (last != null && look.requests() >= last.requests()) {
        rates.put(
            PodsTable.key(pod), (look.requests() - last.requests()) * 1e9 / (now - last.nanos()));
      }
      looks.put(PodsTable.key(pod), look);
    }
    before = looks;
    return rates;
  }
}
