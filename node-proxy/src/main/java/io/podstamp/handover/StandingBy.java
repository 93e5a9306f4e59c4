package io.podstamp.handover;

import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells that an agent waits for its turn, and for whom: at once, after a minute, and then ever
/// more seldom. During an upgrade that is seconds; longer, it is a mistake, such as two nodes that
/// share one state directory.
public final class StandingBy implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StandingBy.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int TIMES = 5;

  private final NodeLock node;
  private final long began = System.nanoTime();
  private final BackgroundTask task;
  private Duration pause;

  private StandingBy(NodeLock node, Duration first) {
    this.node = node;
    this.pause = first;
    this.task = BackgroundTask.paced("standing-by", () -> pause, this::warn);
  }

  /// Waits until the node is this agent's.
  public static void awaitTurn(NodeLock node) throws IOException {
    awaitTurn(node, FIRST);
  }

  static void awaitTurn(NodeLock node, Duration first) throws IOException {
    if (node.tryTurn()) {
      return;
    }
    log.info("standing by until {} leaves this node", node.holder());
    try (StandingBy waiting = new StandingBy(node, first)) {
      waiting.task.start();
      node.awaitTurn();
    }
    log.info("the node is this agent's now");
  }

  private void warn() throws IOException {
    log.warn(
        "still standing by after {} s: {} serves this node, and this agent serves nothing (expected: an"
            + " upgrade, which takes seconds; else look whether two agents, or two nodes, share one"
            + " state directory)",
        Duration.ofNanos(System.nanoTime() - began).toSeconds(),
        node.holder());
    Duration next = pause.multipliedBy(TIMES);
    pause = next.compareTo(LONGEST) > 0 ? LONGEST : next;
  }

  @Override
  public void close() {
    task.close();
  }
}
