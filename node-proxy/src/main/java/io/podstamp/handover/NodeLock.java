package io.podstamp.handover;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Which of the agents on this node does what; during an upgrade there are two. The kernel keeps it
/// as locks on bytes of one file in the state directory (`fcntl`, F_SETLK), and gives them back
/// when a process ends, however it ends: nothing of it can be stale.
///
/// | byte | who holds it |
/// |---|---|
/// | 0 | the one that writes: rules, store, CNI socket |
/// | 1 | the one that has captured every Pod there was when it began to write |
/// | a random other one | every agent that lives |
public final class NodeLock implements AutoCloseable {
  /// Its name in the state directory.
  static final String FILE = "agent.lock";

  private static final long WRITING = 0;
  private static final long SERVING = 1;
  private static final long FIRST_LIVING = 2;
  private static final long LAST_LIVING = Long.MAX_VALUE - 1;

  private final FileChannel file;
  private final long living;
  private @Nullable FileLock writing;
  private @Nullable FileLock serving;

  private NodeLock(FileChannel file, long living) {
    this.file = file;
    this.living = living;
  }

  /// Enters the node as one that lives, and does nothing yet.
  public static NodeLock open(Path stateDir) throws IOException {
    Files.createDirectories(stateDir);
    FileChannel file =
        FileChannel.open(
            stateDir.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      long living = ThreadLocalRandom.current().nextLong(FIRST_LIVING + 1, LAST_LIVING);
      file.lock(living, 1, false);
      return new NodeLock(file, living);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// Waits until no other agent writes; from then on this one does.
  public void awaitTurn() throws IOException {
    writing = file.lock(WRITING, 1, false);
  }

  /// All Pods of before are captured by this agent: the one before may let go of them.
  public void declareServing() throws IOException {
    serving = file.lock(SERVING, 1, false);
  }

  /// Writes no more: the next agent's turn.
  public void yieldTurn() throws IOException {
    if (serving != null) {
      serving.release();
    }
    if (writing != null) {
      writing.release();
    }
  }

  /// Whether another agent writes now. To be asked after [#yieldTurn].
  public boolean hasSuccessor() throws IOException {
    return isHeldElsewhere(WRITING, 1);
  }

  /// Whether another agent has captured all Pods of before. To be asked after [#yieldTurn].
  public boolean isSucceeded() throws IOException {
    return isHeldElsewhere(SERVING, 1);
  }

  /// Whether no other agent lives on this node, not even one that only lets its connections finish.
  public boolean isAlone() throws IOException {
    return !isHeldElsewhere(FIRST_LIVING, living - FIRST_LIVING)
        && !isHeldElsewhere(living + 1, LAST_LIVING - living);
  }

  private boolean isHeldElsewhere(long position, long size) throws IOException {
    try (FileLock lock = file.tryLock(position, size, false)) {
      return lock == null;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
