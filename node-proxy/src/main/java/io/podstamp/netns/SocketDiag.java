package io.podstamp.netns;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.NetlinkException;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.os.Errno;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the kernel tells of single TCP sockets of a network namespace (`linux/inet_diag.h`): one
/// look-up in its hash table each. Used by one thread at a time.
public final class SocketDiag implements AutoCloseable {
  /// `SOCK_DIAG_BY_FAMILY`
  private static final int BY_FAMILY = 20;

  private static final int IPPROTO_TCP = 6;
  private static final int ANY_STATE = -1;
  private static final int ADDRESS = 16;
  private static final int NO_COOKIE = -1;

  /// Header, `struct inet_diag_msg`, `struct tcp_info` and a few attributes: some 500 bytes.
  private static final int LONGEST_ANSWER = 2048;

  /// `struct inet_diag_msg`: four bytes, ports and addresses, and numbers.
  private static final int STATE = 1;

  private static final int TIMER = 2;
  private static final int BOUND_TO = 40;
  private static final int EXPIRES = 52;
  private static final int ANSWER = 72;

  /// `INET_DIAG_…`, and the bits that ask for them.
  private static final int INFO = 2;

  private static final int TOS = 5;
  private static final int TCLASS = 6;
  private static final int DETAILS = bit(INFO) | bit(TOS) | bit(TCLASS);

  /// In `struct tcp_info` (`linux/tcp.h`).
  private static final int LAST_DATA_RECEIVED = 52;

  private static final int LAST_ACK_RECEIVED = 56;

  private final NetlinkSocket socket;

  /// One socket.
  ///
  /// @param state `TCP_…` of `net/tcp_states.h`
  /// @param device the index of the one that it is bound to; 0 for none
  public record Found(int state, int device) {}

  /// More of one.
  ///
  /// @param timer `idiag_timer`: 0 for none, 2 for keep-alive
  /// @param expiresMillis until it goes off
  /// @param silentMillis since anything came from its peer
  /// @param trafficClass `IP_TOS` or `IPV6_TCLASS`
  public record Details(int timer, int expiresMillis, int silentMillis, int trafficClass) {}

  private SocketDiag(NetlinkSocket socket) {
    this.socket = socket;
  }

  private static int bit(int extension) {
    return 1 << (extension - 1);
  }

  /// Makes it in the network namespace of the calling thread.
  public static SocketDiag openHere() throws IOException {
    return new SocketDiag(NetlinkSocket.open(Libc.NETLINK_SOCK_DIAG));
  }

  /// Looks one up.
  ///
  /// @param device a socket that is bound to a device is only found by it, others by any
  /// @return null when there is none
  public @Nullable Found find(InetSocketAddress source, InetSocketAddress destination, int device)
      throws IOException {
    ByteBuffer answer = ask(source, destination, device, 0);
    return answer == null
        ? null
        : new Found(
            answer.get(answer.position() + STATE), answer.getInt(answer.position() + BOUND_TO));
  }

  /// The same with more.
  public @Nullable Details details(InetSocketAddress source, InetSocketAddress destination)
      throws IOException {
    ByteBuffer answer = ask(source, destination, 0, DETAILS);
    if (answer == null) {
      return null;
    }
    int start = answer.position();
    Attributes attributes =
        new Attributes(
            answer.slice(start + ANSWER, answer.remaining() - ANSWER).order(answer.order()));
    ByteBuffer info = attributes.find(INFO);
    int silent =
        info == null || info.remaining() < LAST_ACK_RECEIVED + Integer.BYTES
            ? 0
            : Math.min(
                info.getInt(info.position() + LAST_DATA_RECEIVED),
                info.getInt(info.position() + LAST_ACK_RECEIVED));
    ByteBuffer service =
        attributes.find(source.getAddress() instanceof Inet4Address ? TOS : TCLASS);
    return new Details(
        answer.get(start + TIMER),
        answer.getInt(start + EXPIRES),
        silent,
        service == null || !service.hasRemaining() ? 0 : service.get(service.position()) & 0xff);
  }

  private @Nullable ByteBuffer ask(
      InetSocketAddress source, InetSocketAddress destination, int device, int details)
      throws IOException {
    try {
      ByteBuffer answer =
          socket.ask(request(source, destination, device, details), LONGEST_ANSWER).body();
      if (answer.remaining() < ANSWER) {
        throw new IOException("a socket of the Pod: an answer that is not whole");
      }
      return answer;
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  private static Request request(
      InetSocketAddress source, InetSocketAddress destination, int device, int details) {
    boolean isIpv4 = source.getAddress() instanceof Inet4Address;
    ByteBuffer body = ByteBuffer.allocate(56).order(ByteOrder.nativeOrder());
    body.put((byte) (isIpv4 ? Libc.AF_INET : Libc.AF_INET6)).put((byte) IPPROTO_TCP);
    body.put((byte) details).put((byte) 0).putInt(ANY_STATE);
    body.order(ByteOrder.BIG_ENDIAN);
    body.putShort((short) source.getPort());
    body.putShort((short) destination.getPort());
    body.put(Arrays.copyOf(source.getAddress().getAddress(), ADDRESS));
    body.put(Arrays.copyOf(destination.getAddress().getAddress(), ADDRESS));
    body.order(ByteOrder.nativeOrder()).putInt(device);
    body.putInt(NO_COOKIE).putInt(NO_COOKIE);
    return new Request(
        BY_FAMILY, 0, "a socket of the Pod", new Attributes.Writer().raw(body.array()));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
