package io.podstamp.stamp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.ValueTemplate;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Addresses as RFC 7239 has them, and as every other header has them.
class ForwardedTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          Forwarded       | {forwarded}           | 10.1.2.3 | for=10.1.2.3
          Forwarded       | {forwarded}           | fd00::1  | for="[fd00::1]"
          X-Via           | {forwarded};proto=http| fd00::1  | for="[fd00::1]";proto=http
          forwarded       | by={node.ip};for={pod.ip} | 10.1.2.3 | by="[2001:db8::5]";for=10.1.2.3
          Forwarded       | for={pod.ip}          | fd00::1  | for="[fd00::1]"
          Forwarded       | for="[{pod.ip}]"      | fd00::1  | for="[fd00::1]"
          Forwarded       | for="_{pod.ip}"       | fd00::1  | for="_fd00::1"
          X-Forwarded-For | {pod.ip}              | fd00::1  | fd00::1
          X-Client        | ip={pod.ip}           | fd00::1  | ip=fd00::1
          """)
  void value_isAsItsHeaderWants(String name, String template, String ip, String expected) {
    assertThat(value(name, template, List.of(InetAddress.ofLiteral(ip)))).isEqualTo(expected);
  }

  @Test
  void addressUnknown_isNotSent() {
    assertThat(value("Forwarded", "{forwarded}", List.of())).isEmpty();
  }

  /// Two elements would be two proxies.
  @Test
  void twoAddresses_onlyThePrimaryIsSent() {
    List<InetAddress> ips =
        List.of(InetAddress.ofLiteral("fd00::1"), InetAddress.ofLiteral("10.1.2.3"));
    assertThat(value("Forwarded", "{forwarded}", ips)).isEqualTo("for=\"[fd00::1]\"");
  }

  private static String value(String name, String template, List<InetAddress> ips) {
    PodIdentity pod =
        new PodIdentity(
            new PodRef("shop", "web-0", "u1"),
            ips,
            "web-0",
            null,
            Map.of(),
            Map.of(),
            null,
            new PodIdentity.Node("n1", InetAddress.ofLiteral("2001:db8::5")));
    HeaderRule rule = new HeaderRule(name, ValueTemplate.parse(template), HeaderMode.SET);
    return new String(Stamp.render(List.of(rule), pod).field(0).value(), ISO_8859_1);
  }
}
