package io.podstamp.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What other people's clients really sent, cut at every place.
class RecordedTest {
  static Stream<Arguments> recorded() throws IOException {
    Map<String, String> hex = new LinkedHashMap<>();
    try (InputStream in = RecordedTest.class.getResourceAsStream("recorded.txt")) {
      String name = "";
      for (String line :
          new String(Objects.requireNonNull(in).readAllBytes(), US_ASCII).split("\n", -1)) {
        if (line.startsWith("  ")) {
          hex.merge(name, line.strip(), String::concat);
        } else {
          name = line;
        }
      }
    }
    return hex.entrySet().stream()
        .map(
            it ->
                Arguments.of(
                    it.getKey(), new String(HexFormat.of().parseHex(it.getValue()), ISO_8859_1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recorded")
  void conversation_anyCut_givesTheSameBytes(String client, String bytes) {
    for (Profile profile : Profile.values()) {
      Wire.Outcome whole = begun(profile).send(bytes).close();
      assertThat(whole.tally().stream().filter(it -> it.startsWith("stamped-")))
          .hasSize(requests(bytes));
      assertThat(whole.tally()).noneMatch(it -> it.startsWith("refused"));
      assertThat(Http2.read(whole.upstream())).noneMatch(frame -> frame.contains("forged"));
      assertThat(Wire.everyWay(() -> begun(profile), bytes)).containsOnly(whole);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recorded")
  void prefix_isThePrefixOfTheSameBytes(String client, String bytes) {
    String whole = begun(Profile.STRICT).send(bytes).close().upstream();
    for (int i = 0; i < bytes.length(); i++) {
      assertThat(whole)
          .startsWith(begun(Profile.STRICT).send(bytes.substring(0, i)).close().upstream());
    }
  }

  private static Wire begun(Profile profile) {
    return new Wire(profile).answer(Http2.SETTINGS);
  }

  private static int requests(String bytes) {
    return (int)
        Http2.frames(bytes).stream()
            .filter(frame -> frame.fields().stream().anyMatch(it -> it.name().equals(":method")))
            .count();
  }
}
