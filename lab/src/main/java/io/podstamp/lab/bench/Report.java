package io.podstamp.lab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A whole run, as results.json for programs and results.md for people.
///
/// @param failures the workloads that could not be measured, and why
record Report(
    Machine machine,
    Effort effort,
    List<Workload> workloads,
    Results results,
    List<Verdict> verdicts,
    Map<String, String> failures) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  Report {
    workloads = List.copyOf(workloads);
    verdicts = List.copyOf(verdicts);
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
  }

  /// Without any results yet.
  static Report begin(Machine machine, BenchOptions options) {
    return new Report(
        machine,
        options.effort(),
        options.workloads(),
        new Results(List.of()),
        List.of(),
        Map.of());
  }

  /// With those of one more workload.
  Report plus(List<Sample> samples, List<Verdict> more) {
    return new Report(
        machine,
        effort,
        workloads,
        new Results(joined(results.samples(), samples)),
        joined(verdicts, more),
        failures);
  }

  /// With one workload that could not be measured.
  Report without(Workload workload, String why) {
    Map<String, String> all = new LinkedHashMap<>(failures);
    all.put(workload.name(), why);
    return new Report(machine, effort, workloads, results, verdicts, all);
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /// Writes both files.
  void write(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("results.json"), JSON.writeValueAsString(json()) + "\n");
      Files.writeString(folder.resolve("results.md"), markdown());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String markdown() {
    return new ReportTables(this).text();
  }

  private ObjectNode json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("date", machine.date().toString());
    ObjectNode where = root.putObject("machine");
    where.put("cpu", machine.cpu()).put("cores", machine.cores());
    where.put("memoryMebibytes", machine.memoryMebibytes()).put("kernel", machine.kernel());
    ObjectNode versions = root.putObject("versions");
    machine.versions().forEach(versions::put);
    root.put("mode", effort.mode()).put("rounds", effort.rounds()).put("seconds", effort.seconds());
    root.put("downloadMebibytes", effort.downloadMebibytes());
    root.put("idleConnections", effort.idleConnections()).put("pods", effort.pods());
    ArrayNode all = root.putArray("workloads");
    results.workloads().forEach(workload -> json(all.addObject(), workload));
    ObjectNode failed = root.putObject("failures");
    failures.forEach(failed::put);
    ArrayNode judged = root.putArray("verdicts");
    for (Verdict verdict : verdicts) {
      judged
          .addObject()
          .put("name", verdict.name())
          .put("ratio", verdict.ratio())
          .put("goal", verdict.goal())
          .put("bound", verdict.bound().words())
          .put("pass", verdict.pass());
    }
    return root;
  }

  private void json(ObjectNode node, String workload) {
    node.put("name", workload);
    ArrayNode contestants = node.putArray("contestants");
    for (String contestant : results.contestants(workload)) {
      ObjectNode one = contestants.addObject().put("name", contestant);
      ObjectNode medians = one.putObject("figures");
      for (Figure figure : results.figures(workload)) {
        results
            .spread(workload, contestant, figure)
            .ifPresent(
                spread ->
                    medians
                        .putObject(figure.key())
                        .put("median", spread.median())
                        .put("least", spread.least())
                        .put("most", spread.most()));
      }
      ArrayNode samples = one.putArray("samples");
      results.samples(workload, contestant).forEach(sample -> json(samples.addObject(), sample));
    }
  }

  private static void json(ObjectNode node, Sample sample) {
    node.put("round", sample.round());
    sample.figures().forEach((figure, value) -> node.put(figure.key(), value));
  }
}
