package io.podstamp.netlink;

import io.podstamp.os.Errno;
import io.podstamp.os.ErrnoException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A netlink socket. It stays in the network namespace that it was made in, wherever it is used.
///
/// Each request has a sequence number, and only answers with it count, so that what an earlier
/// exchange left over is never taken for the next one's. The kernel answers within `send(2)`; if an
/// answer is not there nevertheless, it is waited for without holding a carrier thread, and not
/// longer than five seconds. Used by one thread at a time.
public final class NetlinkSocket implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final long WAIT_NANOS = Duration.ofMillis(1).toNanos();

  /// An exchange is repeated when answers were lost (`ENOBUFS`), or when what a dump shows was
  /// changed meanwhile.
  private static final int MOST_ATTEMPTS = 5;

  /// Acknowledgements and single objects.
  private static final int SHORT_ANSWER = 8 * 1024;

  /// The kernel fills up to 32 KiB of a reader's buffer (`netlink_recvmsg`).
  private static final int DUMP_ANSWER = 32 * 1024;

  private static final int F_REQUEST = 0x1;
  private static final int F_ACK = 0x4;
  private static final int F_DUMP = 0x300;

  /// `linux/netfilter/nfnetlink.h`
  private static final int BATCH_BEGIN = 0x10;

  private static final int BATCH_END = 0x11;

  private final Endpoint endpoint;
  private final Duration limit;
  private int sequence;
  private boolean unfinished;
  private boolean closed;

  /// The socket itself, or what a test puts in its place. Each method is one system call.
  interface Endpoint {
    void send(byte[] datagram) throws ErrnoException;

    /// Never waits.
    ///
    /// @return how many bytes of `into` were filled
    /// @throws ErrnoException with `EAGAIN` when there is nothing
    int receive(byte[] into) throws ErrnoException;

    void close() throws ErrnoException;

    /// Its number; -1 for one that has none.
    default int descriptor() {
      return -1;
    }

    /// How many bytes may wait to be read.
    default void receiveBuffer(int bytes) throws ErrnoException {}
  }

  /// @param limit for one exchange
  NetlinkSocket(Endpoint endpoint, Duration limit) {
    this.endpoint = endpoint;
    this.limit = limit;
  }

  /// Opens one in the namespace of the calling thread.
  ///
  /// @param protocol such as [io.podstamp.os.Libc#NETLINK_NETFILTER]
  public static NetlinkSocket open(int protocol) throws ErrnoException {
    return new NetlinkSocket(KernelEndpoint.open(protocol), LIMIT);
  }

  /// Its descriptor, for callers that read unsolicited messages on an event loop; nothing is asked
  /// here any more then. It never makes a thread wait.
  public int descriptor() {
    return endpoint.descriptor();
  }

  /// Makes room for what comes by itself. What exceeds it is lost and not reported.
  public void receiveBuffer(int bytes) throws ErrnoException {
    endpoint.receiveBuffer(bytes);
  }

  /// Asks for one object.
  ///
  /// @throws NetlinkException when the kernel refuses
  public Message ask(Request request) throws IOException {
    return ask(request, SHORT_ANSWER);
  }

  /// The same for what is asked often.
  ///
  /// @param longestAnswer in bytes; a longer one is a failure
  public Message ask(Request request, int longestAnswer) throws IOException {
    return repeated(
        request.subject(),
        () -> {
          Answers answers = send(List.of(request), 0, longestAnswer);
          Message answer = answers.next();
          if (answer.type() == Message.ERROR) {
            throw new NetlinkException(request.subject(), answer.errno());
          }
          return answer;
        });
  }

  /// Has one thing done.
  ///
  /// @throws NetlinkException when the kernel refuses
  public void order(Request request) throws IOException {
    repeated(
        request.subject(),
        () -> {
          Answers answers = send(List.of(request), F_ACK, SHORT_ANSWER);
          Message answer = answers.next();
          if (answer.type() != Message.ERROR || answer.errno() != 0) {
            throw new NetlinkException(request.subject(), answer.errno());
          }
          return answer;
        });
  }

  /// Asks for all objects of a kind, as they were at one moment.
  ///
  /// @throws NetlinkException when the kernel refuses
  public List<Message> dump(Request request) throws IOException {
    return repeated(request.subject(), () -> dumped(request));
  }

  private @Nullable List<Message> dumped(Request request) throws IOException {
    Answers answers = send(List.of(request), F_DUMP, DUMP_ANSWER);
    List<Message> objects = new ArrayList<>();
    boolean interrupted = false;
    while (true) {
      Message answer = answers.next();
      interrupted |= (answer.flags() & Message.F_DUMP_INTR) != 0;
      switch (answer.type()) {
        case Message.ERROR -> throw new NetlinkException(request.subject(), answer.errno());
        case Message.DONE -> {
          int errno = answer.errno();
          if (errno == Errno.EINTR || errno == Errno.EAGAIN) {
            return null;
          }
          if (errno > 0) {
            throw new NetlinkException(request.subject(), errno);
          }
          return interrupted ? null : objects;
        }
        default -> objects.add(answer);
      }
    }
  }

  /// Brings in requests as one transaction of nfnetlink: all of them or none. They must stand being
  /// repeated, since they are when their answers were lost.
  ///
  /// @param subsystem `NFNL_SUBSYS_…`
  /// @throws NetlinkException about the first one that the kernel refuses; the others may have
  ///   failed for its sake
  public void transact(int subsystem, List<Request> requests) throws IOException {
    List<Request> batch = new ArrayList<>();
    batch.add(edge(BATCH_BEGIN, subsystem, requests));
    batch.addAll(requests);
    batch.add(edge(BATCH_END, subsystem, requests));
    repeated(requests.getFirst().subject(), () -> transacted(batch));
  }

  private static Request edge(int type, int subsystem, List<Request> requests) {
    return new Request(
        type, 0, requests.getFirst().subject(), Attributes.Writer.netfilter(0, subsystem));
  }

  private Boolean transacted(List<Request> batch) throws IOException {
    // The last one within the batch is acknowledged: the kernel has come to its end.
    int last = batch.size() - 2;
    Answers answers = send(batch, 0, SHORT_ANSWER);
    int failed = batch.size();
    int errno = 0;
    boolean ended = false;
    try {
      while (!ended || answers.isMore()) {
        Message answer = answers.next();
        if (answer.type() != Message.ERROR) {
          continue;
        }
        // A batch that is refused as a whole is answered at its beginning.
        int index = answer.sequence() - answers.first;
        ended |= index == last || index == 0;
        if (answer.errno() != 0 && (errno == 0 || (index > 0 && index < failed))) {
          failed = index == 0 ? batch.size() : index;
          errno = answer.errno();
        }
      }
    } catch (ErrnoException e) {
      if (errno == 0) {
        throw e;
      }
    }
    if (errno != 0) {
      throw new NetlinkException(batch.get(failed == batch.size() ? 0 : failed).subject(), errno);
    }
    return true;
  }

  private interface Attempt<T> {
    /// @return null when it is to be repeated
    @Nullable T make() throws IOException;
  }

  private <T> T repeated(String subject, Attempt<T> attempt) throws IOException {
    if (closed) {
      throw new IOException(subject + ": the netlink socket was let go");
    }
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
      try {
        T result = attempt.make();
        if (result != null) {
          unfinished = false;
          return result;
        }
      } catch (ErrnoException e) {
        switch (e.errno()) {
          case Errno.ENOBUFS, Errno.EINTR -> {}
          case Errno.ETIMEDOUT ->
              throw new IOException(
                  subject + ": no answer (expected: one within " + limit.toSeconds() + " s)", e);
          default -> throw new IOException(subject + ": " + e.getMessage(), e);
        }
      }
    }
    throw new IOException(
        subject + ": changed or lost while it was read, " + MOST_ATTEMPTS + " times");
  }

  /// Sends requests as one datagram; the last but one of several is acknowledged.
  private Answers send(List<Request> requests, int flags, int longestAnswer) throws ErrnoException {
    int length = 0;
    for (Request request : requests) {
      length += Message.HEADER_LENGTH + request.body().length();
    }
    ByteBuffer datagram = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    int first = sequence + 1;
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      boolean acknowledged = requests.size() > 1 && i == requests.size() - 2;
      datagram
          .putInt(Message.HEADER_LENGTH + request.body().length())
          .putShort((short) request.type())
          .putShort((short) (F_REQUEST | flags | request.flags() | (acknowledged ? F_ACK : 0)))
          .putInt(++sequence)
          .putInt(0);
      request.body().copyTo(datagram);
    }
    if (unfinished) {
      drain();
    }
    unfinished = true;
    endpoint.send(datagram.array());
    return new Answers(first, sequence, longestAnswer);
  }

  /// Reads what an exchange that was given up has left: the kernel refuses a dump (`EBUSY`) while
  /// another one has not been read to its end.
  private void drain() throws ErrnoException {
    byte[] rest = new byte[DUMP_ANSWER];
    long deadline = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() - deadline < 0) {
      try {
        endpoint.receive(rest);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          return;
        }
        if (e.errno() != Errno.ENOBUFS && e.errno() != Errno.EMSGSIZE) {
          throw e;
        }
      }
    }
  }

  /// What comes back for one datagram.
  private final class Answers {
    private final int first;
    private final int last;
    private final byte[] bytes;
    private final long deadline = System.nanoTime() + limit.toNanos();
    private ByteBuffer datagram = ByteBuffer.allocate(0);
    private @Nullable Message seen;

    Answers(int first, int last, int longestAnswer) {
      this.first = first;
      this.last = last;
      this.bytes = new byte[longestAnswer];
    }

    /// The next answer, waited for if need be.
    Message next() throws IOException {
      while (!isMore()) {
        if (System.nanoTime() - deadline > 0) {
          throw new ErrnoException("recv", "netlink", Errno.ETIMEDOUT);
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted while netlink was waited for");
        }
        LockSupport.parkNanos(WAIT_NANOS);
      }
      Message next = seen;
      seen = null;
      if (next == null) {
        throw new AssertionError("isMore tells that there is one");
      }
      return next;
    }

    /// Whether there is one already.
    boolean isMore() throws IOException {
      while (seen == null) {
        if (!datagram.hasRemaining() && !receive()) {
          return false;
        }
        Message message = Message.next(datagram);
        if (message.sequence() - first >= 0 && last - message.sequence() >= 0) {
          seen = message;
        }
      }
      return true;
    }

    private boolean receive() throws ErrnoException {
      try {
        int length = endpoint.receive(bytes);
        datagram = ByteBuffer.wrap(Arrays.copyOf(bytes, length)).order(ByteOrder.nativeOrder());
        return true;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          return false;
        }
        throw e;
      }
    }
  }

  /// Idempotent: closing a number twice could close somebody else's file.
  @Override
  public void close() throws ErrnoException {
    if (!closed) {
      closed = true;
      endpoint.close();
    }
  }
}
