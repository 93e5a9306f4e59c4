package io.podstamp.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The benchmark itself, as short as it can be.
final class BenchTest {
  @Test
  void oneRoundOfW1_twoContestants_writesWhatBothDid(@TempDir Path folder) {
    BenchOptions options =
        BenchOptions.parse(
            List.of(
                "--quick",
                "--only",
                "W1",
                "--rounds",
                "1",
                "--seconds",
                "1",
                "--contestants",
                "PODSTAMP,NGINX_TUNED"));

    Report report = Bench.run(Path.of("../target/podstamp"), options, folder);

    assertThat(report.failures()).isEmpty();

    JsonNode json = JsonMapper.shared().readTree(folder.resolve("results.json"));
    List<JsonNode> contestants = json.at("/workloads/0/contestants").values().stream().toList();
    assertThat(contestants)
        .extracting(it -> it.get("name").asString())
        .containsExactlyInAnyOrder("podstamp", "nginx tuned");
    assertThat(contestants)
        .allMatch(it -> it.at("/samples/0/requestsPerSecond").asDouble() > 0)
        .allMatch(it -> it.at("/samples/0/cpuMicrosPerRequest").asDouble() > 0);
    assertThat(json.at("/verdicts").values().stream().map(it -> it.get("name").asString()))
        .hasSize(2)
        .allMatch(name -> name.startsWith("W1: "));
  }
}
