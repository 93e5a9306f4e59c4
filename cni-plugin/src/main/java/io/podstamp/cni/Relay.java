package io.podstamp.cni;

import io.podstamp.wire.BrokenMessageException;
import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One question to the agent, over its Unix socket.
///
/// While one agent hands over to the next, nobody may listen for some milliseconds: where a socket
/// is, the question is put again for a second.
final class Relay {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Relay() {}

  /// What became of the question.
  sealed interface Outcome {
    /// The agent's answer, to be printed as it is.
    record Answered(Reply reply) implements Outcome {}

    /// No answer.
    ///
    /// @param why one sentence with the likely cause
    record Away(String why) implements Outcome {}
  }

  /// Asks, and waits for the answer as long as the deadline says, whatever the agent does. Never
  /// throws: any trouble is an [Outcome.Away].
  static Outcome ask(Path socket, Request request, Duration deadline) {
    long began = System.nanoTime();
    while (true) {
      long spent = System.nanoTime() - began;
      try {
        return askOnce(socket, request, deadline, deadline.minusNanos(spent));
      } catch (IOException trouble) {
        boolean maybeBetweenAgents =
            !(trouble instanceof BrokenMessageException) && Files.exists(socket);
        if (!maybeBetweenAgents || spent > PATIENCE_NANOS || !pause()) {
          return new Outcome.Away(why(socket, trouble));
        }
      } catch (Throwable trouble) { // also Errors: the Pod must get its answer
        return new Outcome.Away(why(socket, trouble));
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(PAUSE);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// @param left of the deadline
  private static Outcome askOnce(Path socket, Request request, Duration deadline, Duration left)
      throws IOException {
    SocketChannel channel = null;
    Alarm alarm = null;
    try {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      alarm = new Alarm(channel, left);
      alarm.start();
      channel.connect(UnixDomainSocketAddress.of(socket));
      Codec.write(channel, request);
      return new Outcome.Answered(Codec.readReply(channel));
    } catch (IOException trouble) {
      if (alarm != null && alarm.hasRung()) {
        return new Outcome.Away(late(socket, deadline));
      }
      throw trouble;
    } finally {
      if (alarm != null) {
        alarm.interrupt();
      }
      close(channel);
    }
  }

  private static String late(Path socket, Duration deadline) {
    return socket
        + ": no answer within "
        + deadline.toMillis()
        + " ms; maybe the agent hangs or the node is overloaded";
  }

  private static String why(Path socket, Throwable trouble) {
    return socket + ": " + trouble + "; " + cause(socket, trouble);
  }

  private static String cause(Path socket, Throwable trouble) {
    if (!(trouble instanceof IOException)) {
      return "maybe the node is short of memory or threads";
    }
    if (trouble instanceof BrokenMessageException) {
      return "maybe the agent is of another release, or died while it answered";
    }
    if (!Files.exists(socket)) {
      return "maybe the agent has not started on this node yet";
    }
    return "maybe the agent has died, or the plugin may not open the socket";
  }

  private static void close(@Nullable SocketChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The answer is known already.
    }
  }

  /// Closes the channel when the time is up: that wakes a connect, write or read that blocks.
  private static final class Alarm extends Thread {
    private final SocketChannel channel;
    private final Duration deadline;
    private volatile boolean rung;

    Alarm(SocketChannel channel, Duration deadline) {
      super("deadline");
      this.channel = channel;
      this.deadline = deadline;
      setDaemon(true);
    }

    boolean hasRung() {
      return rung;
    }

    @Override
    public void run() {
      try {
        Thread.sleep(deadline);
      } catch (InterruptedException e) {
        return; // answered in time
      }
      rung = true;
      close(channel);
    }
  }
}
