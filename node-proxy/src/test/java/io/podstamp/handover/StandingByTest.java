package io.podstamp.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class StandingByTest {
  private static final String WHO = "the agent podstamp/podstamp-x7k on Node n1";

  private final Logger logger = (Logger) LoggerFactory.getLogger(StandingBy.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  @TempDir private Path stateDir;

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(said);
    logger.setAdditive(true);
  }

  @Test
  void aloneOnTheNode_nothingIsSaid() throws IOException {
    try (NodeLock node = NodeLock.open(stateDir)) {
      StandingBy.awaitTurn(node);
      assertThat(said.list).isEmpty();
    }
  }

  @Test
  void whileAnotherServes_itIsNamed_andAfterAWhileThatIsAWarning() throws Exception {
    Process holder = holder(WHO);
    try (NodeLock node = NodeLock.open(stateDir)) {
      Thread waiting =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      StandingBy.awaitTurn(node, Duration.ofMillis(50));
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      await().until(() -> messages().stream().anyMatch(line -> line.startsWith("WARN")));
      holder.getOutputStream().close();
      waiting.join();
    } finally {
      holder.destroyForcibly();
    }

    assertThat(messages().getFirst())
        .isEqualTo("INFO standing by until " + WHO + " leaves this node");
    assertThat(messages())
        .anyMatch(
            line -> line.startsWith("WARN still standing by") && line.contains(WHO + " serves"));
    assertThat(messages().getLast()).isEqualTo("INFO the node is this agent's now");
  }

  @Test
  void holder_isToldToOtherProcesses_andNotOnceItIsDead() throws Exception {
    assertThat(NodeLock.holder(stateDir)).isNull();
    Process signed = holder(WHO);
    assertThat(NodeLock.holder(stateDir)).isEqualTo(WHO);
    signed.destroyForcibly().waitFor();
    assertThat(NodeLock.holder(stateDir)).isNull();

    Process earlierRelease = holder(null);
    assertThat(NodeLock.holder(stateDir)).isEqualTo("another agent");
    earlierRelease.destroyForcibly().waitFor();
  }

  private List<String> messages() {
    return List.copyOf(said.list).stream()
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  private Process holder(@org.jspecify.annotations.Nullable String who) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                stateDir.toString()));
    if (who != null) {
      command.add(who);
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).isEqualTo("held");
    return process;
  }
}
