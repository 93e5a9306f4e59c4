package io.podstamp.http1;

import static io.podstamp.config.Profile.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the profile and the segmentation, nothing forged leaves of the [Kinds], and in strict
/// no request without stamp.
class KindsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("io.podstamp.http1.Kinds#cases")
  void nothingForgedLeaves(Kinds.Case kind) {
    List<String> said = kind.said();
    for (Profile profile : Profile.values()) {
      String last = said.getLast();
      for (Wire.Outcome outcome : Wire.everyWay(() -> begun(profile, said), last)) {
        check(profile, outcome);
      }
      Wire bytewise = new Wire(profile);
      for (int i = 0; i < said.size(); i++) {
        for (char c : said.get(i).toCharArray()) {
          if (i % 2 == 0) {
            bytewise.send(Character.toString(c));
          } else {
            bytewise.answer(Character.toString(c));
          }
        }
      }
      check(profile, bytewise.close());
    }
  }

  private static Wire begun(Profile profile, List<String> said) {
    Wire wire = new Wire(profile);
    for (int i = 0; i < said.size() - 1; i++) {
      if (i % 2 == 0) {
        wire.send(said.get(i));
      } else {
        wire.answer(said.get(i));
      }
    }
    return wire;
  }

  private static void check(Profile profile, Wire.Outcome outcome) {
    assertThat(outcome.upstream()).doesNotContain("evil");
    if (profile == STRICT) {
      assertThat(outcome.upstream()).doesNotContain("GET /n HTTP/1.1\r\nHost", "bare\r\n\r\n");
    }
  }
}
