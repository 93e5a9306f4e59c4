package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.ValueTemplate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderArgumentsTest {
  private final HeaderArguments arguments = new HeaderArguments();

  @Test
  void value_keepsColonsSpacesAndBraces_andReplacesTheApplicationsOwn() {
    arguments.addHeader("X-Trace: a:b  c {pod.ip} ");

    assertThat(arguments.rules())
        .containsExactly(rule("X-Trace", "a:b  c {pod.ip}", HeaderMode.SET));
  }

  @Test
  void mode_isOfTheHeaderOfThatName() {
    arguments.addHeader("X-A:1");
    arguments.addHeader("X-B:2");
    arguments.setMode("x-a=append");
    arguments.setMode("X-C=remove");

    assertThat(arguments.rules())
        .containsExactly(
            rule("X-A", "1", HeaderMode.APPEND),
            rule("X-B", "2", HeaderMode.SET),
            new HeaderRule("X-C", new ValueTemplate(List.of()), HeaderMode.REMOVE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "X-A",
        ":v",
        "X-A:",
        "X-A: \t",
        "X A:v",
        "Host:v",
        "x_b:again",
        "X-A:a\r\nY: b"
      })
  void badHeader_isRefusedWithWhatWasExpected(String argument) {
    arguments.addHeader("X-B:2");

    assertThatThrownBy(() -> arguments.addHeader(argument))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "X-B", "X-B=", "X-B=replace", "X-D=set", "=remove", "Host=remove"})
  void badMode_isRefusedWithWhatWasExpected(String argument) {
    arguments.addHeader("X-B:2");

    assertThatThrownBy(() -> arguments.setMode(argument))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: ");
  }

  private static HeaderRule rule(String name, String value, HeaderMode mode) {
    return new HeaderRule(
        name, new ValueTemplate(List.of(new ValueTemplate.Part.Literal(value))), mode);
  }
}
