package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnnotationsTest {
  @Test
  void parse_nothingOfOurs_isNothing() {
    Annotations annotations = Annotations.parse(Map.of("example.com/enabled", "true"));
    assertThat(annotations.enabled()).isEmpty();
    assertThat(annotations.ports()).isEmpty();
    assertThat(annotations.headers()).isEmpty();
    assertThat(annotations.profile()).isEmpty();
    assertThat(annotations.problems()).isEmpty();
  }

  @Test
  void parse_everyKey_isRead() {
    Annotations annotations =
        Annotations.parse(
            Map.of(
                "podstamp.io/enabled", "shadow",
                "podstamp.io/ports", " 8080, 80,80 ",
                "podstamp.io/headers", "[{\"name\": \"X-Pod\", \"value\": \"{pod.name}\"}]",
                "podstamp.io/remove-also", "Forwarded, X-Real-IP",
                "podstamp.io/profile", "strict",
                "podstamp.io/connect", "Early",
                "podstamp.io/status", "verified"));
    assertThat(annotations.problems()).isEmpty();
    assertThat(annotations.enabled()).contains(Enablement.SHADOW);
    assertThat(annotations.ports()).contains(List.of(80, 8080));
    assertThat(annotations.headers())
        .contains(
            List.of(new HeaderRule("X-Pod", ValueTemplate.parse("{pod.name}"), HeaderMode.SET)));
    assertThat(annotations.removeAlso()).contains(List.of("Forwarded", "X-Real-IP"));
    assertThat(annotations.profile()).contains(Profile.STRICT);
    assertThat(annotations.connect()).contains(Connect.EARLY);
  }

  @Test
  void parse_jsonOverLinesWithTabs_isRead() {
    String json = "[\n\t{\n\t\t\"name\":\t\"X-Pod\",\n\t\t\"mode\": \"remove\"\n\t}\n]";
    Annotations annotations = Annotations.parse(Map.of("podstamp.io/headers", json));
    assertThat(annotations.problems()).isEmpty();
    assertThat(annotations.headers()).hasValueSatisfying(rules -> assertThat(rules).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource({"true,ENABLED", "True,ENABLED", "false,DISABLED", "' shadow',SHADOW"})
  void parse_enabled_isRead(String text, Enablement expected) {
    assertThat(Annotations.parse(Map.of("podstamp.io/enabled", text)).enabled()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          enabled | yes       | podstamp.io/enabled: 'yes' (expected: true, false or shadow)
          enabled | ''        | podstamp.io/enabled: '' (expected: true, false or shadow)
          ports   | 80,99999  | podstamp.io/ports[1]: '99999' (expected: a port, 1 to 65535)
          ports   | 80,       | podstamp.io/ports[1]: '' (expected: a port, 1 to 65535)
          ports   | http      | podstamp.io/ports[0]: 'http' (expected: a port, 1 to 65535)
          ports   | 80-90     | podstamp.io/ports[0]: '80-90' (expected: a port, 1 to 65535)
          ports   | -1        | podstamp.io/ports[0]: '-1' (expected: a port, 1 to 65535)
          headers | X-Pod     | podstamp.io/headers: 'X-Pod' (expected: a list such as
          headers | ''        | podstamp.io/headers: nothing (expected: a list such as
          headers | [{"name": | podstamp.io/headers: line 1,
          headers | [{"name": "Host", "mode": "remove"}] | podstamp.io/headers[0].name: 'Host' (expected: a header that does not frame or route the message)
          profile | lax       | podstamp.io/profile: 'lax' (expected: transparent or strict)
          connect | late      | podstamp.io/connect: 'late' (expected: true or early)
          proxy-protocol | 192.0.2.1 | podstamp.io/proxy-protocol[0]: '192.0.2.1' (expected: a destination with its port, such as 192.0.2.1:443 or [2001:db8::1]:443)
          proxy-protocol | 2001:db8::1:443 | podstamp.io/proxy-protocol[0]: '2001:db8::1:443' (expected: a destination with its port,
          proxy-protocol | 192.0.2.1:443,192.0.2.2:0 | podstamp.io/proxy-protocol[1]: '192.0.2.2:0' (expected: a destination with its port,
          proxy-protocol | gw.example:443 | podstamp.io/proxy-protocol[0]: 'gw.example' (expected: an address block such as 10.0.0.0/8)
          proxy-protocol | 0.0.0.0/0:443 | podstamp.io/proxy-protocol[0]: '0.0.0.0/0:443' (expected: the receivers' addresses;
          headers | [{"name": "X-Client-Hostname.", "value": "x"}] | podstamp.io/headers[0].name: 'X-Client-Hostname.' (expected: a header name of at most 63 letters,
          remove-also | X-Real-IP, | podstamp.io/remove-also[1]: '' (expected: a header name of at most 63 letters,
          remove-also | TE    | podstamp.io/remove-also[0]: 'TE' (expected: a header that does not frame or route the message)
          portz   | 80        | podstamp.io/portz: unknown annotation (expected: one of podstamp.io/enabled, podstamp.io/ports, podstamp.io/headers, podstamp.io/remove-also, podstamp.io/profile, podstamp.io/connect, podstamp.io/proxy-protocol; maybe podstamp.io/ports)
          """)
  void parse_brokenOne_isAbsentAndTold(String key, String text, String expected) {
    Annotations annotations = Annotations.parse(Map.of(Annotations.PREFIX + key, text));
    assertThat(annotations.problems()).hasSize(1);
    assertThat(annotations.problems().getFirst()).contains(expected);
    assertThat(annotations.enabled()).isEmpty();
    assertThat(annotations.ports()).isEmpty();
    assertThat(annotations.headers()).isEmpty();
    assertThat(annotations.removeAlso()).isEmpty();
    assertThat(annotations.profile()).isEmpty();
  }

  @Test
  void parse_removeAlso_mayBeNone() {
    assertThat(Annotations.parse(Map.of("podstamp.io/remove-also", "")).removeAlso())
        .contains(List.of());
  }

  @Test
  void parse_brokenOne_leavesTheOthersInForce() {
    Annotations annotations =
        Annotations.parse(
            Map.of(
                "podstamp.io/enabled", "true",
                "podstamp.io/ports", "80,x",
                "podstamp.io/profile", "strict"));
    assertThat(annotations.enabled()).contains(Enablement.ENABLED);
    assertThat(annotations.ports()).isEmpty();
    assertThat(annotations.profile()).contains(Profile.STRICT);
    assertThat(annotations.problems()).hasSize(1);
  }

  @Test
  void mend_brokenValue_isWhatItWasBefore() {
    Map<String, String> before =
        Map.of("podstamp.io/enabled", "true", "podstamp.io/ports", "80", "other", "1");
    assertThat(
            Annotations.mend(
                Map.of("podstamp.io/enabled", "ture", "podstamp.io/ports", "81", "other", "2"),
                before))
        .isEqualTo(Map.of("podstamp.io/enabled", "true", "podstamp.io/ports", "81", "other", "2"));
  }

  @Test
  void mend_neverRight_orTakenAway_staysSo() {
    Map<String, String> broken = Map.of("podstamp.io/enabled", "ture");
    assertThat(Annotations.mend(broken, Map.of())).isEqualTo(broken);
    assertThat(Annotations.mend(Map.of(), Map.of("podstamp.io/enabled", "true"))).isEmpty();
  }

  /// Labels cannot say anything else, and one that tries is told of.
  @Test
  void labels_otherThanEnabled_areNotRead() {
    Map<String, String> labels =
        Map.of(
            "podstamp.io/enabled", "shadow",
            "podstamp.io/ports", "8080",
            "podstamp.io/pods-may-override", "true",
            "app", "web");
    Annotations read = Annotations.parse(Annotations.withLabels(Map.of("k", "v"), labels));

    assertThat(read.enabled()).isEmpty();
    assertThat(read.enabledByLabel()).contains(Enablement.SHADOW);
    assertThat(read.ports()).isEmpty();
    assertThat(read.problems())
        .containsExactly(
            "label podstamp.io/ports: not read (expected: an annotation; only podstamp.io/enabled may"
                + " be a label)");
  }

  @Test
  void mend_brokenLabel_keepsWhatItSaid() {
    Map<String, String> before =
        Annotations.withLabels(Map.of(), Map.of("podstamp.io/enabled", "true"));
    Map<String, String> now =
        Annotations.withLabels(Map.of(), Map.of("podstamp.io/enabled", "yes"));

    assertThat(Annotations.mend(now, before)).isEqualTo(before);
    assertThat(Annotations.mend(Map.of(), before)).isEmpty();
  }
}
