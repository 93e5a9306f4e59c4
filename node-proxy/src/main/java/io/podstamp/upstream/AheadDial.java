package io.podstamp.upstream;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A dial before there is a connection to tie it to: a bare descriptor on the event loop that began
/// it, so that the server can go to any other one, and so that the kernel's own errno is known when
/// it fails. All methods on that loop.
public final class AheadDial implements EpollIoHandle {
  /// `ENOBUFS` (`asm-generic/errno.h`)
  private static final int NO_SOCKET = 105;

  private final Socket socket;
  private final PacketHeader header;
  private final Outcome outcome;
  private @Nullable IoRegistration registration;
  private boolean over;

  /// What becomes of it; told once, unless it is cancelled.
  public interface Outcome {
    /// It answered.
    void connected(Server server);

    /// It could not be reached.
    ///
    /// @param errno as the application would have met it
    void failed(int errno);
  }

  /// A server that has answered, and was not read or written since. Whoever has it closes it or has
  /// [Dialer.Call#take] do so.
  ///
  /// @param descriptor of its connected socket
  /// @param header what its packets carry
  public record Server(FileDescriptor descriptor, PacketHeader header) {
    /// It is not wanted any more.
    public void close() {
      closeQuietly(descriptor);
    }
  }

  /// Makes an unconnected socket that can reach an address, wherever the Pod's sockets have to be
  /// made.
  public interface Sockets {
    Socket open(InetAddress towards) throws IOException;
  }

  private AheadDial(Socket socket, PacketHeader header, Outcome outcome) {
    this.socket = socket;
    this.header = header;
    this.outcome = outcome;
  }

  /// Dials.
  ///
  /// @param loop the one that this is called on
  /// @param mark the packet mark that lets a socket past the redirect
  /// @param from the address to dial from
  /// @param header what its packets carry
  /// @throws NoPortException when no local port is free
  /// @throws IOException when it fails at once, by a limit or rule that is ours and not the
  ///   application's: it has come so far itself
  public static AheadDial begin(
      EventLoop loop,
      Sockets sockets,
      int mark,
      InetSocketAddress to,
      InetAddress from,
      PacketHeader header,
      Outcome outcome)
      throws IOException {
    Socket socket = sockets.open(to.getAddress());
    AheadDial dial = new AheadDial(socket, header, outcome);
    try {
      Dialer.prepare(socket, mark);
      header.set(socket, to.getAddress());
      socket.bind(new InetSocketAddress(from, 0));
      socket.connect(to);
    } catch (IOException e) {
      closeQuietly(socket);
      throw NoPortException.or(e);
    } catch (RuntimeException e) {
      closeQuietly(socket);
      throw e;
    }
    ((IoEventLoop) loop)
        .register(dial)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                dial.watch((IoRegistration) registered.getNow());
              } else {
                dial.end(NO_SOCKET);
              }
            });
    return dial;
  }

  private void watch(IoRegistration made) {
    if (over) {
      made.cancel();
      return;
    }
    registration = made;
    made.submit(EpollIoOps.EPOLLOUT);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    try {
      // An event may be the last one's that had this descriptor: no error is no proof.
      int errno = socket.getSoError();
      if (errno != 0 || socket.remoteAddress() != null) {
        end(errno);
      }
    } catch (IOException e) {
      end(NO_SOCKET);
    }
  }

  private void end(int errno) {
    if (over) {
      return;
    }
    leave();
    if (errno == 0) {
      outcome.connected(new Server(socket, header));
    } else {
      closeQuietly(socket);
      outcome.failed(Math.abs(errno));
    }
  }

  private void leave() {
    over = true;
    if (registration != null) {
      registration.cancel();
    }
  }

  /// Nobody wants it any more.
  public void cancel() {
    if (!over) {
      leave();
      closeQuietly(socket);
    }
  }

  @Override
  public void close() {
    cancel();
  }

  private static void closeQuietly(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      // It is closed all the same (close(2)).
    }
  }
}
