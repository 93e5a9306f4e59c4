package io.podstamp.http1;

import static io.podstamp.config.Profile.STRICT;
import static io.podstamp.config.Profile.TRANSPARENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.config.StampRules;
import io.podstamp.stamp.Stamp;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Names that are taken out of what is certain and looked for nowhere else, and names of mode
/// append where nobody is certain.
class CompanionsTest {
  private static final List<String> COMPANIONS =
      List.of("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP");
  private static final HeaderRule APPENDED =
      Wire.rule("X-Forwarded-For", "{pod.ip}", HeaderMode.APPEND);
  private static final String LINE = "X-Forwarded-For: 10.1.2.3\r\n";

  private static Wire wire(Profile profile) {
    return wire(profile, false, COMPANIONS);
  }

  private static Wire wire(Profile profile, boolean guardAppended, List<String> removeAlso) {
    StampRules rules = new StampRules(List.of(APPENDED), removeAlso, guardAppended);
    return new Wire(profile, Stamp.render(rules, Wire.POD));
  }

  @ParameterizedTest
  @EnumSource
  void certainHead_losesThem_inEverySpelling(Profile profile) {
    String before = "GET / HTTP/1.1\r\n";
    String sent =
        String.join(
            "\r\n",
            "Host: a",
            "Forwarded: for=9.9.9.9",
            "x_real.ip: 9.9.9.9",
            "X-Client-Ip: 9.9.9.9",
            "TRUE-CLIENT-IP: 9.9.9.9",
            "cf-connecting-ip: 9.9.9.9",
            "X-Real-IPs: 1",
            "forwarded: for=8.8.8.8",
            "\r\n");

    List<Wire.Outcome> outcomes = Wire.someWays(() -> wire(profile), before + sent);

    assertThat(outcomes).containsOnly(outcomes.getFirst());
    assertThat(outcomes.getFirst().upstream())
        .isEqualTo(before + LINE + "Host: a\r\nX-Real-IPs: 1\r\n\r\n");
    assertThat(outcomes.getFirst().tally()).containsExactly("stamped-6");
  }

  @Test
  void headerOfTheSameName_isNoCompanion() {
    List<HeaderRule> rules = List.of(Wire.rule("Forwarded", "{forwarded}", HeaderMode.SET));
    Stamp stamp = Stamp.render(new StampRules(rules, List.of("forwarded"), false), Wire.POD);

    Wire.Outcome certain =
        new Wire(TRANSPARENT, stamp)
            .send("GET / HTTP/1.1\r\nForwarded: for=9.9.9.9\r\n\r\n")
            .close();
    Wire.Outcome uncertain =
        new Wire(TRANSPARENT, stamp)
            .send("GET  / HTTP/1.1\r\nForwarded: for=9.9.9.9\r\n\r\n")
            .close();

    assertThat(certain.upstream()).isEqualTo("GET / HTTP/1.1\r\nForwarded: for=10.1.2.3\r\n\r\n");
    assertThat(uncertain.tally()).contains("tripped");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Subject: report\r\nForwarded: yes\r\nX-Real-IP: 9.9.9.9\r\nbody\r\n",
        "kind: Mail\nForwarded: true\nTrue-Client-IP: 9.9.9.9\n",
        "\1\2\3\nForwarded: x\n",
      })
  void otherProtocols_passWithThem(String bytes) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.someWays(() -> wire(profile), bytes)) {
        assertThat(outcome.upstream()).isEqualTo(bytes);
        assertThat(outcome.tally()).doesNotContain("tripped");
      }
    }
  }

  /// What is not certain keeps them, and is refused in profile strict for what it is.
  @Test
  void uncertainHead_passesWithThem_orIsRefused() {
    String bytes = "GET  / HTTP/1.1\r\nForwarded: for=9.9.9.9\r\n\r\n";
    assertThat(wire(TRANSPARENT).send(bytes).close().upstream()).isEqualTo(bytes);
    assertThat(wire(STRICT).send(bytes).close().upstream()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void bodyAndTrailer_passWithThem(Profile profile) {
    String head = "POST / HTTP/1.1\r\n";
    String rest =
        "Transfer-Encoding: chunked\r\n\r\n11\r\nForwarded: for=x\n\r\n0\r\nX-Real-IP: 1\r\n\r\n";
    for (Wire.Outcome outcome : Wire.someWays(() -> wire(profile), head + rest)) {
      assertThat(outcome.upstream()).isEqualTo(head + LINE + rest);
      assertThat(outcome.tally()).containsExactly("stamped-0");
    }
  }

  /// Behind a PROXY line a server that does not expect one reads on, and takes the next line for a
  /// field.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n",
        "PROXY UNKNOWN\r\nx_forwarded.for : 9.9.9.9\r\n\r\n",
      })
  void appendedName_guarded_doesNotPassBehindAProxyLine(String bytes) {
    for (Wire.Outcome outcome : Wire.someWays(() -> wire(STRICT, true, List.of()), bytes)) {
      assertThat(outcome.upstream()).doesNotContain("9.9.9.9");
      assertThat(outcome.tally()).contains("tripped");
    }
    assertThat(wire(TRANSPARENT, true, List.of()).send(bytes).close().tally()).contains("tripped");
    assertThat(wire(TRANSPARENT, false, List.of()).send(bytes).close().upstream()).isEqualTo(bytes);
  }

  @Test
  void appendedName_guarded_isStillAppended() {
    assertThat(
            wire(STRICT, true, List.of())
                .send("GET / HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
                .close()
                .upstream())
        .isEqualTo("GET / HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9, 10.1.2.3\r\n\r\n");
  }

  @Test
  void whatTheClientSent_isTold_onceARequest() {
    Wire wire = wire(TRANSPARENT);
    wire.send("GET / HTTP/1.1\r\nX-Forwarded-For: 1\r\nx_forwarded_for: 2\r\nForwarded: 3\r\n\r\n")
        .send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .close();
    assertThat(wire.clientSent()).containsExactly("X-Forwarded-For APPEND", "Forwarded REMOVE");
  }
}
