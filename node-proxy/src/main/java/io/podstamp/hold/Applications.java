package io.podstamp.hold;

import io.podstamp.netns.SocketDiag;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets behind the SYNs of one Pod: the kernel tells nobody that an application gave up
/// while its SYN is held, or that a socket is bound to a device, so it is asked. Used by one thread
/// at a time.
public final class Applications implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Applications.class);

  /// `TCP_SYN_SENT`
  private static final int SYN_SENT = 2;

  private final SocketDiag sockets;

  /// What was found out about one.
  enum Application {
    WAITS,
    /// It waits, and cannot be reached over loopback.
    WAITS_BOUND_TO_DEVICE,
    GAVE_UP,
    /// The kernel would not tell.
    UNKNOWN
  }

  private Applications(SocketDiag sockets) {
    this.sockets = sockets;
  }

  /// Makes it in the network namespace of the calling thread.
  static Applications openHere() throws IOException {
    return new Applications(SocketDiag.openHere());
  }

  /// Asks about the application behind a SYN.
  Application of(Syn syn) {
    try {
      SocketDiag.Found found =
          sockets.find(syn.path().source(), syn.path().destination(), syn.device());
      if (found == null || found.state() != SYN_SENT) {
        return Application.GAVE_UP;
      }
      return found.device() == 0 ? Application.WAITS : Application.WAITS_BOUND_TO_DEVICE;
    } catch (IOException e) {
      log.debug("sockets cannot be looked up: {}", e.getMessage());
      return Application.UNKNOWN;
    }
  }

  @Override
  public void close() {
    try {
      sockets.close();
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
    }
  }
}
