package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderNamesTest {
  @ParameterizedTest
  @CsvSource({"X-Pod,x-pod", "x_POD,x-pod", "X.Pod!,x-pod-", "X1,x1", "'',''"})
  void folded_name_isWhatACarelessServerSees(String name, String folded) {
    assertThat(HeaderNames.folded(name)).isEqualTo(folded);
  }
}
