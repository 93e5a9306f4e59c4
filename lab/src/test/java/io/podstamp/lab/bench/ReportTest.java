package io.podstamp.lab.bench;

import static io.podstamp.lab.bench.Figure.REQUESTS_PER_SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What is written of samples that are made up, and what the command line means.
final class ReportTest {
  private static final Report REPORT =
      new Report(
          new Machine(Instant.EPOCH, "a CPU", 2, 1024, "6.1", Map.of("nginx", "1.22.1")),
          Effort.QUICK,
          Workloads.ALL,
          new Results(
              List.of(
                  sample("podstamp", 1, 10), sample("podstamp", 2, 30), sample("HAProxy", 1, 16))),
          List.of(Verdict.atLeast("W1: requests/s", 1.25, 1.5)),
          Map.of("W2", "no answer"));

  private static Sample sample(String contestant, int round, double requests) {
    return new Sample("W1", contestant, round, Map.of(REQUESTS_PER_SECOND, requests));
  }

  @Test
  void write_leavesEverySampleMedianAndVerdict(@TempDir Path folder) throws Exception {
    REPORT.write(folder);

    JsonNode json = JsonMapper.shared().readTree(folder.resolve("results.json"));
    assertThat(json.at("/machine/kernel").asString()).isEqualTo("6.1");
    assertThat(json.at("/versions/nginx").asString()).isEqualTo("1.22.1");
    assertThat(json.get("mode").asString()).isEqualTo("quick");
    JsonNode ours = json.at("/workloads/0/contestants/0");
    assertThat(ours.get("name").asString()).isEqualTo("podstamp");
    assertThat(ours.at("/figures/requestsPerSecond/median").asDouble()).isEqualTo(20);
    assertThat(ours.at("/figures/requestsPerSecond/most").asDouble()).isEqualTo(30);
    assertThat(ours.at("/samples/1/round").asInt()).isEqualTo(2);
    assertThat(ours.at("/samples/1/requestsPerSecond").asDouble()).isEqualTo(30);
    JsonNode verdict = json.at("/verdicts/0");
    assertThat(verdict.get("name").asString()).isEqualTo("W1: requests/s");
    assertThat(verdict.get("ratio").asDouble()).isEqualTo(1.25);
    assertThat(verdict.get("goal").asDouble()).isEqualTo(1.5);
    assertThat(verdict.get("pass").asBoolean()).isFalse();
    assertThat(json.at("/failures/W2").asString()).isEqualTo("no answer");
    assertThat(Files.readString(folder.resolve("results.md"))).isEqualTo(REPORT.markdown());
  }

  @Test
  void markdown_hasATableForEachWorkloadAndOneOfGoals() {
    assertThat(REPORT.markdown())
        .contains(
            "## W1: small GET over 64 kept connections",
            "| podstamp | 20 (10 to 30) |",
            "| HAProxy | 16 |",
            "| W1: requests/s | 1.25 | at least 1.5 | no |");
  }

  @Test
  void options_areTakenTogether_orRefusedInOneSentence() {
    BenchOptions options =
        BenchOptions.parse(List.of("--quick", "--only", "w1,BANNER", "--rounds", "7"));

    assertThat(options.workloads()).extracting(Workload::name).containsExactly("W1", "BANNER");
    assertThat(options.effort().rounds()).isEqualTo(7);
    assertThat(options.effort().mode()).isEqualTo("quick");
    for (List<String> wrong :
        List.of(
            List.of("--fast"),
            List.of("--only"),
            List.of("--only", "W99"),
            List.of("--rounds", "0"),
            List.of("--contestants", "squid"))) {
      assertThatThrownBy(() -> BenchOptions.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected: ");
    }
  }

  @Test
  void workloads_haveNamesOfTheirOwn() {
    assertThat(Workloads.known()).extracting(Workload::name).doesNotHaveDuplicates();
  }
}
