package io.podstamp.guard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.podstamp.config.HeaderMode;
import io.podstamp.http1.Wire;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.PodMeter;
import io.podstamp.stamp.Stamp;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ClientFieldsTest {
  private static final InetSocketAddress SERVER = InetSocketAddress.createUnresolved("a", 80);

  /// A proxy sends thousands; the operator has to hear of it once.
  @Test
  void removedValue_isSaidOnceForAPodAndHeader_keptOnesAreNot() {
    Stamp stamp =
        Stamp.render(
            List.of(
                Wire.rule("X-Forwarded-For", "{pod.ip}", HeaderMode.SET),
                Wire.rule("X-Team", "blue", HeaderMode.IF_ABSENT)),
            Wire.POD);
    NodeMetrics node = new NodeMetrics();
    PodMeter web = node.meter();
    Logger logger = (Logger) LoggerFactory.getLogger(ClientFields.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      for (int connection = 0; connection < 3; connection++) {
        ClientFields.tell(stamp, stamp.field(0), web.accepted(SERVER));
        ClientFields.tell(stamp, stamp.field(1), web.accepted(SERVER));
      }
      ClientFields.tell(stamp, stamp.field(0), node.meter().accepted(SERVER));
    } finally {
      logger.setLevel(null);
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line.getFormattedMessage())
                    .isEqualTo(
                        "shop/web-0: sends X-Forwarded-For itself, which is removed; if it is a proxy,"
                            + " see podstamp explain shop/web-0. Further ones are counted only"));
    assertThat(web.counts().clientValues())
        .containsEntry("X-Forwarded-For", 3L)
        .containsEntry("X-Team", 3L);
  }
}
