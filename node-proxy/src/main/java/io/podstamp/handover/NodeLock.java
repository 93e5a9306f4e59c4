package io.podstamp.handover;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
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
///
/// The one that writes signs: its own byte and who it is stand in the file. A signature counts
/// while that byte is held, so that of an agent that was killed says nothing.
public final class NodeLock implements AutoCloseable {
  /// Its name in the state directory.
  static final String FILE = "agent.lock";

  private static final long WRITING = 0;
  private static final long SERVING = 1;
  private static final long FIRST_LIVING = 2;
  private static final long LAST_LIVING = 999_999_999_999_999_999L;
  private static final int LONGEST_SIGNATURE = 1024;

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
            stateDir.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      long living = ThreadLocalRandom.current().nextLong(FIRST_LIVING + 1, LAST_LIVING);
      file.lock(living, 1, false);
      return new NodeLock(file, living);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// From now on this agent writes, unless another one does.
  ///
  /// @return whether it does
  public boolean tryTurn() throws IOException {
    writing = file.tryLock(WRITING, 1, false);
    return writing != null;
  }

  /// Waits until no other agent writes; from then on this one does.
  public void awaitTurn() throws IOException {
    writing = file.lock(WRITING, 1, false);
  }

  /// Tells those that wait for their turn who has it.
  ///
  /// @param who in one line
  public void sign(String who) throws IOException {
    file.truncate(0);
    file.write(ByteBuffer.wrap((living + "\n" + who + "\n").getBytes(UTF_8)), 0);
  }

  /// Who writes now, if it is another agent.
  public String holder() throws IOException {
    ByteBuffer text = ByteBuffer.allocate(LONGEST_SIGNATURE);
    file.read(text, 0);
    String[] lines = new String(text.array(), 0, text.position(), UTF_8).split("\n", -1);
    return lines.length == 3
            && lines[0].matches("\\d{1,18}")
            && isHeldElsewhere(Long.parseLong(lines[0]), 1)
        ? lines[1]
        : "another agent";
  }

  /// Who writes on a node whose agent this process is not; null if nobody does.
  public static @Nullable String holder(Path stateDir) throws IOException {
    if (!Files.isWritable(stateDir.resolve(FILE))) {
      return null;
    }
    try (NodeLock node = open(stateDir)) {
      return node.hasSuccessor() ? node.holder() : null;
    }
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
        && !isHeldElsewhere(living + 1, Long.MAX_VALUE - 1 - living);
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
