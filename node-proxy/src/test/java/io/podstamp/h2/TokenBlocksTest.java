package io.podstamp.h2;

import static io.podstamp.h2.Http2.GET;
import static io.podstamp.h2.Http2.PREFACE;
import static io.podstamp.h2.Http2.SETTINGS;
import static io.podstamp.h2.Http2.headers;
import static io.podstamp.h2.Http2.indexing;
import static io.podstamp.h2.Http2.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.Profile;
import io.podstamp.config.StampRules;
import io.podstamp.http1.Wire;
import io.podstamp.stamp.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A signed token in header blocks.
class TokenBlocksTest {
  private static final StampRules RULES =
      StampRules.of(
              List.of(Wire.rule("X-Forwarded-For", "{pod.ip}", HeaderMode.SET)), Profile.STRICT)
          .withToken("X-Client-Identity");

  private static Wire.Outcome outcome(Profile profile, @Nullable String token, String... blocks) {
    StringBuilder bytes = new StringBuilder(PREFACE + SETTINGS);
    for (int i = 0; i < blocks.length; i++) {
      bytes.append(headers(2 * i + 1, blocks[i]));
    }
    return new Wire(profile, Stamp.renderSigned(RULES, Wire.POD, token))
        .answer(SETTINGS)
        .send(bytes.toString())
        .close();
  }

  @ParameterizedTest
  @EnumSource
  void theClientsOwnGoes_theTokenComes_andTheServersTableStaysTheClients(Profile profile) {
    Wire.Outcome outcome =
        outcome(
            profile,
            "aaa.bbb.ccc",
            GET + indexing("a", "b"),
            GET + plain("x-client-identity", "forged"),
            GET + "\u00be");
    assertThat(Http2.read(outcome.upstream()))
        .containsExactly(
            "0/4 flags 0 ",
            "1/1 flags 5 :method=GET :scheme=http :path=/ a=b x-forwarded-for=10.1.2.3"
                + " x-client-identity=aaa.bbb.ccc",
            "3/1 flags 5 :method=GET :scheme=http :path=/ x-forwarded-for=10.1.2.3"
                + " x-client-identity=aaa.bbb.ccc",
            "5/1 flags 5 :method=GET :scheme=http :path=/ a=b x-forwarded-for=10.1.2.3"
                + " x-client-identity=aaa.bbb.ccc");
    assertThat(outcome.tally()).contains("token").doesNotContain("no token");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAToken_theClientsOwnGoesAllTheSame_andItIsTold(Profile profile) {
    Wire.Outcome outcome = outcome(profile, null, GET + plain("x_client_identity", "forged"));
    assertThat(Http2.read(outcome.upstream()))
        .containsExactly(
            "0/4 flags 0 ",
            "1/1 flags 5 :method=GET :scheme=http :path=/ x-forwarded-for=10.1.2.3");
    assertThat(outcome.tally()).contains("no token");
  }
}
