package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Cidr;
import io.podstamp.config.OnMissing;
import io.podstamp.config.OwnHeader;
import io.podstamp.config.ProxyRule;
import io.podstamp.config.ProxyTlv;
import io.podstamp.config.Receiver;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ProxyTargetTest {
  private static ProxyRule rule(String block, OnMissing onMissing, Integer... ports) {
    return new ProxyRule(
        List.of(Cidr.parse(block)),
        List.of(ports),
        Receiver.GENERIC,
        ProxyTlv.NAMED,
        OwnHeader.SET,
        onMissing);
  }

  private static ProxyTarget target(boolean held, List<String> blocks, Integer... ports) {
    return new ProxyTarget(
        blocks.stream().map(Cidr::parse).toList(), new TreeSet<>(List.of(ports)), held);
  }

  @Test
  void of_whatDiffersInDestinationsAlone_isOne() {
    assertThat(
            ProxyTarget.of(
                List.of(
                    rule("192.0.2.1", OnMissing.OPEN, 443),
                    rule("192.0.2.2", OnMissing.HOLD, 443),
                    rule("192.0.2.3", OnMissing.OPEN, 443, 8443),
                    rule("2001:db8::/32", OnMissing.OPEN, 443))))
        .containsExactly(
            target(false, List.of("192.0.2.1", "2001:db8::/32"), 443),
            target(true, List.of("192.0.2.2"), 443),
            target(false, List.of("192.0.2.3"), 443, 8443));
  }
}
