package io.podstamp.cli;

import io.podstamp.admin.PodsPage;
import io.podstamp.os.ErrnoException;
import io.podstamp.os.Tty;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// `podstamp pods`: every Pod of this node and where it stands; with `--watch` again and again.
@Command(
    name = "pods",
    description = "Lists this node's Pods and where each stands.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {"0:the agent answered", "1:it did not", "2:the command line is wrong"})
final class PodsCommand implements Callable<Integer> {
  private static final int PERIOD_TENTHS = 20;
  private static final int STDIN = 0;

  /// `xterm`: the other screen without a cursor, and back.
  private static final String ENTER = "\033[?1049h\033[?25l";

  private static final String LEAVE = "\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K";
  private static final String CLEAR_REST = "\033[J";

  @Mixin private AgentClient agent;
  @Mixin private Output output;

  @Option(
      names = {"--watch", "-w"},
      description = "Look again every 2 s, until interrupted or, on a terminal, q is pressed.")
  private boolean watch;

  @Option(
      names = {"--namespace", "-n"},
      paramLabel = "NAMESPACE",
      description = "Only its Pods.")
  private @Nullable String namespace;

  @Spec private CommandSpec spec;

  private Map<String, Look> before = Map.of();

  private record Look(long requests, long nanos) {}

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  PodsCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (watch && !output.isJson() && Terminal.here().interactive()) {
      return redraw(out);
    }
    while (true) {
      print(out, Terminal.here());
      out.flush();
      if (!watch) {
        return 0;
      }
      TimeUnit.MILLISECONDS.sleep(100L * PERIOD_TENTHS);
      if (!output.isJson()) {
        out.println();
      }
    }
  }

  private void print(PrintWriter out, Terminal terminal) throws IOException {
    JsonNode pods = asked(agent.page("/pods"));
    if (output.isJson()) {
      out.println(Output.json(pods, terminal));
      return;
    }
    List<PodsPage.Row> rows = AgentClient.pods(pods);
    Instant now = Instant.now();
    out.println(
        rows.isEmpty()
            ? PodsTable.NONE
            : String.join("\n", new PodsTable(terminal, now, rates(rows)).lines(rows)));
    AgentLook.of(agent.page("/process")).troubles().stream()
        .map(new PodsScreen(terminal, now)::trouble)
        .forEach(out::println);
  }

  private JsonNode asked(JsonNode pods) {
    if (namespace == null) {
      return pods;
    }
    ArrayNode some = JsonNodeFactory.instance.arrayNode();
    pods.valueStream()
        .filter(pod -> namespace.equals(pod.path("namespace").asString("")))
        .forEach(some::add);
    return some;
  }

  private int redraw(PrintWriter out) throws IOException, InterruptedException {
    byte[] mode = Tty.readKeys(STDIN, PERIOD_TENTHS);
    out.print(ENTER);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("terminal")
                .unstarted(
                    () -> {
                      out.print(LEAVE);
                      out.flush();
                      restore(mode);
                    }));
    int key;
    do {
      draw(out, Terminal.here());
      key = key();
    } while (key != 'q' && key != 'Q');
    return 0;
  }

  private static void restore(byte[] mode) {
    try {
      Tty.restore(STDIN, mode);
    } catch (ErrnoException e) {
      // It is gone.
    }
  }

  /// Waits for one, but not longer than until the next look.
  private static int key() throws IOException, InterruptedException {
    long began = System.nanoTime();
    int key = System.in.read();
    long tenths = (System.nanoTime() - began) / TimeUnit.MILLISECONDS.toNanos(100);
    if (key < 0 && tenths + 1 < PERIOD_TENTHS) {
      TimeUnit.MILLISECONDS.sleep(100 * (PERIOD_TENTHS - tenths)); // nobody types there any more
    }
    return key;
  }

  /// An agent that is being upgraded does not end the watching.
  private void draw(PrintWriter out, Terminal terminal) {
    PodsScreen screen = new PodsScreen(terminal, Instant.now());
    List<String> lines;
    try {
      List<PodsPage.Row> rows = AgentClient.pods(asked(agent.page("/pods")));
      lines = screen.lines(AgentLook.of(agent.page("/process")), rows, rates(rows));
    } catch (IOException e) {
      lines = List.of(screen.trouble(String.valueOf(e.getMessage())));
    }
    out.print(HOME + String.join(CLEAR_LINE + "\r\n", lines) + CLEAR_LINE + CLEAR_REST);
    out.flush();
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
