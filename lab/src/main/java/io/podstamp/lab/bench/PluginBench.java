package io.podstamp.lab.bench;

import io.podstamp.lab.AgentProcess;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// W9: what one start of the CNI plugin costs, alone and 50 at once, beside `java -version` of the
/// same runtime and beside Debian's portmap. Each of the 50 is for a Pod of its own, which podstamp
/// has let go of just before.
final class PluginBench implements Workload {
  private static final int PARALLEL = 50;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String NAMESPACE = "plugin";
  private static final String ALONE = "W9 alone";
  private static final String AT_ONCE = "W9 at once";
  private static final String JAVA = "java -version";
  private static final String ADD = "podstamp ADD, Pod captured";
  private static final double MOST_MILLIS = 80;
  private static final double MOST_OF_JAVA = 3;

  /// A program that is started again and again.
  ///
  /// @param before what is run first, not measured; each gets the number of the Pod
  private record Program(
      IntFunction<List<ProcessBuilder>> before, IntFunction<ProcessBuilder> timed) {
    private Program(IntFunction<ProcessBuilder> timed) {
      this(_ -> List.of(), timed);
    }
  }

  @Override
  public String name() {
    return "W9";
  }

  @Override
  public String title() {
    return "one start of the CNI plugin, alone and " + PARALLEL + " at once";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    Path plugin = arena.podstamp().resolve("cni/podstamp");
    Path java = arena.podstamp().resolve("cni/podstamp.d/runtime/bin/java");
    lab.api().createNamespace(NAMESPACE);
    List<LabPod> pods =
        Parallel.all(
            2 * Runtime.getRuntime().availableProcessors(),
            IntStream.range(0, PARALLEL)
                .<Callable<LabPod>>mapToObj(i -> () -> lab.runPod(NAMESPACE, "plugin-" + i))
                .toList());
    LabPod quiet = lab.runPod(Arena.QUIET, "plugin-quiet");
    lab.api().annotateNamespace(NAMESPACE, "podstamp.io/enabled", "true");

    Map<String, Program> programs = new LinkedHashMap<>();
    programs.put(JAVA, new Program(_ -> quiet(new ProcessBuilder(java.toString(), "-version"))));
    programs.put("podstamp ADD, Pod not enabled", new Program(_ -> call(plugin, "ADD", quiet)));
    programs.put(
        ADD,
        new Program(
            i -> List.of(call(plugin, "DEL", pods.get(i))), i -> call(plugin, "ADD", pods.get(i))));
    programs.put(
        "Debian's portmap ADD",
        new Program(_ -> call(Path.of("/usr/lib/cni/portmap"), "ADD", quiet)));

    int runs = Math.max(1, effort.pluginRuns() / effort.rounds());
    measure(ALONE, programs, 1, runs, effort.rounds(), samples);
    measure(AT_ONCE, programs, PARALLEL, 1, effort.rounds(), samples);
    pods.forEach(lab::losePod);
  }

  private static ProcessBuilder call(Path plugin, String command, LabPod pod) {
    String conf =
        """
        {"cniVersion":"1.0.0","name":"podnet","type":"podstamp","socket":"%s","onAgentDown":"closed",
         "prevResult":{"cniVersion":"1.0.0","ips":[{"address":"%s/24"}],"interfaces":[],"dns":{}}}
        """
            .formatted(AgentProcess.SOCKET, pod.ip());
    try {
      Path stdin = Files.writeString(Lab.FOLDER.resolve("bench-" + UUID.randomUUID()), conf);
      ProcessBuilder builder =
          quiet(new ProcessBuilder(plugin.toString())).redirectInput(stdin.toFile());
      Map<String, String> environment = builder.environment();
      environment.put("CNI_COMMAND", command);
      environment.put("CNI_CONTAINERID", pod.sandbox().containerId());
      environment.put("CNI_NETNS", pod.netns().path().toString());
      environment.put("CNI_IFNAME", "eth0");
      environment.put("CNI_PATH", "/usr/lib/cni");
      environment.put(
          "CNI_ARGS",
          "K8S_POD_NAMESPACE=%s;K8S_POD_NAME=%s;K8S_POD_UID=%s"
              .formatted(pod.namespace(), pod.name(), pod.sandbox().uid()));
      return builder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessBuilder quiet(ProcessBuilder builder) {
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  /// Each round, the first of which warms up, is so many times so many runs at once.
  private static void measure(
      String workload,
      Map<String, Program> programs,
      int atOnce,
      int times,
      int rounds,
      Consumer<Sample> samples) {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      Map<String, List<Double>> millis = new LinkedHashMap<>();
      for (int i = 0; i < times; i++) {
        programs.forEach(
            (name, program) ->
                millis.computeIfAbsent(name, _ -> new ArrayList<>()).addAll(run(program, atOnce)));
      }
      if (round > 0) {
        for (Map.Entry<String, List<Double>> one : millis.entrySet()) {
          all.computeIfAbsent(one.getKey(), _ -> new ArrayList<>()).addAll(one.getValue());
          samples.accept(BenchTable.sample(workload, one.getKey(), round, one.getValue()));
        }
      }
    }
    BenchTable.print(workload, all);
  }

  private static List<Double> run(Program program, int atOnce) {
    List<Integer> numbers = IntStream.range(0, atOnce).boxed().toList();
    numbers.forEach(i -> program.before().apply(i).forEach(PluginBench::millis));
    List<ProcessBuilder> builders = numbers.stream().map(i -> program.timed().apply(i)).toList();
    return Parallel.all(
        atOnce, builders.stream().<Callable<Double>>map(builder -> () -> millis(builder)).toList());
  }

  private static double millis(ProcessBuilder builder) {
    try {
      long beganNanos = System.nanoTime();
      int status = builder.start().waitFor();
      if (status != 0) {
        throw new IllegalStateException(builder.command() + ": status " + status);
      }
      return (System.nanoTime() - beganNanos) / NANOS_PER_MILLI;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    double add = results.median(ALONE, ADD, Figure.P50_MILLIS);
    double ratio =
        results.median(AT_ONCE, ADD, Figure.P99_MILLIS)
            / results.median(AT_ONCE, JAVA, Figure.P99_MILLIS);
    return List.of(
        Verdict.atMost("W9: p50 of one ADD at a time, in ms", add, MOST_MILLIS),
        Verdict.atMost(
            "W9: p99 of " + PARALLEL + " ADDs at once, divided by that of " + PARALLEL + " " + JAVA,
            ratio,
            MOST_OF_JAVA));
  }
}
