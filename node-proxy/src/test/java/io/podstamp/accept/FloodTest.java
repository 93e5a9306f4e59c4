package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.embedded.EmbeddedChannel;
import io.podstamp.config.Profile;
import io.podstamp.guard.Refusal;
import io.podstamp.http1.Wire;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// What a Pod can have logged by making connections: a line or two, however many they are. Another
/// test may have made the first of a kind; the minute may end within a flood.
class FloodTest {
  private static final int CONNECTIONS = 2_000;

  @Test
  void connectionsThatTrip_areNotALineEach() {
    List<String> said =
        saidBy(
            Refusal.class,
            () -> {
              Wire wire = new Wire(Profile.TRANSPARENT).send("x\r\nX-Client-Hostname: evil\r\n");
              assertThat(wire.close().tally()).last().isEqualTo("tripped");
            });
    assertThat(said).hasSizeLessThanOrEqualTo(2).allMatch(line -> line.contains("shop/web-0"));
  }

  @Test
  void listenersThatCannotAccept_areNotALineEach() {
    List<String> said =
        saidBy(
            AcceptGate.class,
            () -> {
              AcceptGate gate = AcceptGate.of(Capacity.unlimited());
              EmbeddedChannel listener = new EmbeddedChannel(gate);
              listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
              assertThat(gate.isClosed()).isTrue();
              listener.finishAndReleaseAll();
            });
    assertThat(said).hasSizeLessThanOrEqualTo(2).allMatch(line -> line.contains("Too many open"));
  }

  private static List<String> saidBy(Class<?> who, Runnable connection) {
    Logger log = (Logger) LoggerFactory.getLogger(who);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.setLevel(Level.INFO);
    log.setAdditive(false);
    log.addAppender(said);
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        connection.run();
      }
    } finally {
      log.detachAppender(said);
      log.setAdditive(true);
      log.setLevel(null);
    }
    return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
