package io.podstamp.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SpreadTest {
  @Test
  void of_oddNumber_medianIsTheMiddleOne() {
    assertThat(Spread.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 9));
  }

  @Test
  void of_evenNumber_medianLiesBetweenTheTwoInTheMiddle() {
    assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(new Spread(3, 1, 9));
  }

  @Test
  void of_nothing_isRefused() {
    assertThatThrownBy(() -> Spread.of(List.of())).hasMessageContaining("expected: at least one");
  }

  @Test
  void quantile_betweenTwoValues_isInterpolated() {
    List<Double> sorted = List.of(0.0, 10.0, 20.0, 30.0, 40.0);

    assertThat(Spread.quantile(sorted, 0)).isEqualTo(0);
    assertThat(Spread.quantile(sorted, 0.25)).isEqualTo(10);
    assertThat(Spread.quantile(sorted, 0.9)).isEqualTo(36);
    assertThat(Spread.quantile(sorted, 1)).isEqualTo(40);
  }
}
