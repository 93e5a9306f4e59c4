package io.podstamp.lab.bench;

import static io.podstamp.lab.bench.Contestant.HAPROXY;
import static io.podstamp.lab.bench.Contestant.NGINX_TUNED;
import static io.podstamp.lab.bench.Contestant.NONE;
import static io.podstamp.lab.bench.Contestant.PEERS;
import static io.podstamp.lab.bench.Contestant.PODSTAMP;
import static io.podstamp.lab.bench.Figure.CPU_MICROS_PER_REQUEST;
import static io.podstamp.lab.bench.Figure.P50_MICROS;
import static io.podstamp.lab.bench.Figure.P99_MICROS;
import static io.podstamp.lab.bench.Figure.REQUESTS_PER_SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class VerdictTest {
  private final List<Sample> samples = new ArrayList<>();

  @Test
  void pass_onTheGoalItself_isTrueOnBothSides() {
    assertThat(Verdict.atLeast("x", 1.25, 1.25).pass()).isTrue();
    assertThat(Verdict.atLeast("x", 1.24, 1.25).pass()).isFalse();
    assertThat(Verdict.atMost("x", 0.8, 0.8).pass()).isTrue();
    assertThat(Verdict.atMost("x", 0.81, 0.8).pass()).isFalse();
    assertThat(Verdict.atMost("x", Double.NaN, 0.8).pass()).isFalse();
  }

  @Test
  void comparison_dividesMedians_byThoseOfTheBestPeer() {
    add("W1", PODSTAMP, Map.of(REQUESTS_PER_SECOND, 60.0, CPU_MICROS_PER_REQUEST, 12.0));
    add("W1", PODSTAMP, Map.of(REQUESTS_PER_SECOND, 90.0, CPU_MICROS_PER_REQUEST, 15.0));
    add("W1", PODSTAMP, Map.of(REQUESTS_PER_SECOND, 75.0, CPU_MICROS_PER_REQUEST, 12.0));
    add("W1", NGINX_TUNED, Map.of(REQUESTS_PER_SECOND, 50.0, CPU_MICROS_PER_REQUEST, 16.0));
    add("W1", HAPROXY, Map.of(REQUESTS_PER_SECOND, 60.0, CPU_MICROS_PER_REQUEST, 20.0));
    Comparison w1 = new Comparison(new Results(samples), "W1");

    Verdict faster = w1.atLeast(PODSTAMP, REQUESTS_PER_SECOND, PEERS, 1.25).orElseThrow();
    assertThat(faster.ratio()).isEqualTo(1.25);
    assertThat(faster.pass()).isTrue();
    assertThat(faster.name()).startsWith("W1: requests/s of podstamp, divided by");

    Verdict cheaper = w1.atMost(PODSTAMP, CPU_MICROS_PER_REQUEST, PEERS, 0.7).orElseThrow();
    assertThat(cheaper.ratio()).isEqualTo(0.75);
    assertThat(cheaper.pass()).isFalse();
  }

  @Test
  void comparison_nobodyToCompareWith_isNoVerdict() {
    add("W1", PODSTAMP, Map.of(REQUESTS_PER_SECOND, 60.0));
    Comparison w1 = new Comparison(new Results(samples), "W1");

    assertThat(w1.atLeast(PODSTAMP, REQUESTS_PER_SECOND, PEERS, 1.25)).isEmpty();
    assertThat(w1.atLeast(HAPROXY, REQUESTS_PER_SECOND, PEERS, 1.25)).isEmpty();
  }

  @Test
  void fixedRate_comparesWhatIsAddedToTheDirectPath() {
    add("W2", NONE, Map.of(P50_MICROS, 100.0, P99_MICROS, 200.0));
    add("W2", PODSTAMP, Map.of(P50_MICROS, 140.0, P99_MICROS, 190.0));
    add("W2", HAPROXY, Map.of(P50_MICROS, 180.0, P99_MICROS, 400.0));
    add("W2", NGINX_TUNED, Map.of(P50_MICROS, 200.0, P99_MICROS, 300.0));

    List<Verdict> verdicts = new FixedRate().verdicts(new Results(samples));

    assertThat(verdicts).extracting(Verdict::ratio).containsExactly(0.5, 0.0);
    assertThat(verdicts).allMatch(Verdict::pass);
    assertThat(FixedRate.ratio(150, 90, 100)).isEqualTo(50);
  }

  @Test
  void sample_withoutNumbers_isRefused() {
    assertThatThrownBy(() -> add("W1", PODSTAMP, Map.of(REQUESTS_PER_SECOND, Double.NaN)))
        .hasMessageContaining("expected: numbers");
  }

  private void add(String workload, Contestant contestant, Map<Figure, Double> figures) {
    samples.add(new Sample(workload, contestant.title(), samples.size(), figures));
  }
}
