package io.podstamp.hold;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets behind the SYNs of one Pod: the kernel tells nobody that an application gave up
/// while its SYN is held, or that a socket is bound to a device, so it is asked
/// (`linux/inet_diag.h`). One look-up of one socket in the kernel's hash table; used by one thread
/// at a time.
public final class Applications implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Applications.class);

  /// `SOCK_DIAG_BY_FAMILY`
  private static final int BY_FAMILY = 20;

  private static final int IPPROTO_TCP = 6;
  private static final int ANY_STATE = -1;
  private static final int ADDRESS = 16;
  private static final int NO_COOKIE = -1;

  /// Header, `struct inet_diag_msg` and a few attributes: some 120 bytes.
  private static final int LONGEST_ANSWER = 512;

  /// In `struct inet_diag_msg`: four bytes, then ports and addresses.
  private static final int STATE = 1;

  private static final int BOUND_TO = 40;

  /// `TCP_SYN_SENT`
  private static final int SYN_SENT = 2;

  private final NetlinkSocket socket;

  /// What was found out about one.
  enum Application {
    WAITS,
    /// It waits, and cannot be reached over loopback.
    WAITS_BOUND_TO_DEVICE,
    GAVE_UP,
    /// The kernel would not tell.
    UNKNOWN
  }

  private Applications(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Makes it in the network namespace of the calling thread.
  static Applications openHere() throws IOException {
    return new Applications(NetlinkSocket.open(Libc.NETLINK_SOCK_DIAG));
  }

  /// Asks about the application behind a SYN.
  Application of(Syn syn) {
    try {
      ByteBuffer answer = socket.ask(request(syn), LONGEST_ANSWER).body();
      if (answer.remaining() < BOUND_TO + Integer.BYTES) {
        return Application.UNKNOWN;
      }
      int start = answer.position();
      if (answer.get(start + STATE) != SYN_SENT) {
        return Application.GAVE_UP;
      }
      return answer.getInt(start + BOUND_TO) == 0
          ? Application.WAITS
          : Application.WAITS_BOUND_TO_DEVICE;
    } catch (NetlinkException e) {
      return e.errno() == Errno.ENOENT ? Application.GAVE_UP : unknown(e);
    } catch (IOException e) {
      return unknown(e);
    }
  }

  private static Application unknown(IOException e) {
    log.debug("sockets cannot be looked up: {}", e.getMessage());
    return Application.UNKNOWN;
  }

  /// A socket that is bound to a device is only found by it; all others are found by any.
  private static Request request(Syn syn) {
    InetSocketAddress source = syn.path().source();
    boolean isIpv4 = source.getAddress() instanceof Inet4Address;
    ByteBuffer body = ByteBuffer.allocate(56).order(ByteOrder.nativeOrder());
    body.put((byte) (isIpv4 ? Libc.AF_INET : Libc.AF_INET6)).put((byte) IPPROTO_TCP);
    body.put((byte) 0).put((byte) 0).putInt(ANY_STATE);
    body.order(ByteOrder.BIG_ENDIAN);
    body.putShort((short) source.getPort());
    body.putShort((short) syn.path().destination().getPort());
    body.put(Arrays.copyOf(source.getAddress().getAddress(), ADDRESS));
    body.put(Arrays.copyOf(syn.path().destination().getAddress().getAddress(), ADDRESS));
    body.order(ByteOrder.nativeOrder()).putInt(syn.device());
    body.putInt(NO_COOKIE).putInt(NO_COOKIE);
    return new Request(
        BY_FAMILY, 0, "a socket of the Pod", new Attributes.Writer().raw(body.array()));
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
    }
  }
}
