package io.podstamp.stamp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import io.podstamp.http1.Wire;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A value may be a Pod author's. What some server reads as a second line does not leave in ours.
class HiddenNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "blue\u0085X-Client-Hostname: evil",
        "blue\u0085x_client.hostname\t: evil",
        "blue X-Client-Hostname: evil",
        "X-Pod: evil"
      })
  void valueThatHidesAName_isNotSent_andItsNameStaysProtected(String value) {
    Stamp stamp =
        Stamp.render(
            List.of(
                Wire.rule("X-Team", value, HeaderMode.SET),
                Wire.rule("X-Client-Hostname", "{pod.hostname}", HeaderMode.SET),
                Wire.rule("X-Pod", "{pod.name}", HeaderMode.SET)),
            Wire.POD);
    assertThat(new String(stamp.lines(), ISO_8859_1))
        .isEqualTo("X-Client-Hostname: web-0\r\nX-Pod: web-0\r\n");
    assertThat(stamp.field(0).isSent()).isFalse();
    assertThat(stamp.guarded().names()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"blue: green", "X-Client-Hostname", "X-Client-Hostnames: blue", "\u0085: x"})
  void otherValues_areSent(String value) {
    Stamp stamp =
        Stamp.render(
            List.of(
                Wire.rule("X-Client-Hostname", "{pod.hostname}", HeaderMode.SET),
                Wire.rule("X-Team", value, HeaderMode.SET)),
            Wire.POD);
    assertThat(new String(stamp.lines(), ISO_8859_1))
        .isEqualTo("X-Client-Hostname: web-0\r\nX-Team: " + value + "\r\n");
  }
}
