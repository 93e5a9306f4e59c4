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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Companion names in header blocks, those of trailers too.
class CompanionBlocksTest {
  @ParameterizedTest
  @EnumSource
  void companionNames_areTakenOut_andTold(Profile profile) {
    StampRules rules =
        new StampRules(
            List.of(Wire.rule("X-Forwarded-For", "{pod.ip}", HeaderMode.SET)),
            List.of("Forwarded", "X-Real-IP"),
            true);
    Wire wire = new Wire(profile, Stamp.render(rules, Wire.POD));
    String block =
        GET
            + indexing("forwarded", "for=9.9.9.9")
            + plain("x_real_ip", "9.9.9.9")
            + plain("x-forwarded-for", "9.9.9.9")
            + plain("a", "b");
    Wire.Outcome outcome =
        wire.answer(SETTINGS)
            .send(PREFACE + SETTINGS + headers(1, block) + headers(1, plain("forwarded", "x")))
            .close();

    assertThat(Http2.read(outcome.upstream()))
        .containsExactly(
            "0/4 flags 0 ",
            "1/1 flags 5 :method=GET :scheme=http :path=/ a=b x-forwarded-for=10.1.2.3",
            "1/1 flags 5");
    assertThat(wire.clientSent())
        .containsExactly("X-Forwarded-For SET", "Forwarded REMOVE", "X-Real-IP REMOVE");
  }
}
