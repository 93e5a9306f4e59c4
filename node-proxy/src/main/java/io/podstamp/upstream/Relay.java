package io.podstamp.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.podstamp.metrics.ConnectionTally;
import io.podstamp.pipeline.Leaving;
import io.podstamp.pipeline.ServerFinished;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One captured connection: the application's side and ours to the server, and how the two end
/// together. Both live on one event loop, so nothing here is guarded.
///
/// ```
///   DIALLING ──connected──► OPEN ──both directions at EOF──► closed (FIN both ways)
///      └──── dial failed, reset, abort ──┴──────────────────► aborted (RST both ways)
/// ```
///
/// A half-close is passed on; a reset stays a reset, so a truncated message never looks complete.
final class Relay {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  /// Whose side of the relay something happened on.
  enum Side {
    APPLICATION,
    SERVER
  }

  private static final String LEAVING = "the agent is leaving";

  /// How long the application may take to read what we sent last, and to end its side.
  private static final int LINGER_S = 2;

  private final DuplexChannel application;
  private final ConnectionTally tally;
  private final ReadSize applicationReads;
  private @Nullable DuplexChannel server;
  private @Nullable ReadSize serverReads;
  private @Nullable Following following;
  private boolean connected;
  private byte @Nullable [] first;
  private long bodyAhead;
  private int directionsAtEof;
  private boolean heldBack;
  private boolean ended;

  Relay(DuplexChannel application, ConnectionTally tally) {
    this.application = application;
    this.tally = tally;
    this.applicationReads = ReadSize.of(application);
  }

  /// The socket that is about to dial.
  void dialling(DuplexChannel channel) {
    server = channel;
    serverReads = ReadSize.of(channel);
    if (first != null) {
      write(channel, first);
      first = null;
    }
  }

  /// What goes to the server before all that the application sends; to be called before any of that
  /// comes. It leaves with the next flush, which the dial's success is at the latest.
  void sendFirst(byte[] bytes) {
    if (server == null) {
      first = bytes;
    } else if (!ended) {
      write(server, bytes);
    }
  }

  private static void write(DuplexChannel channel, byte[] bytes) {
    channel.write(Unpooled.wrappedBuffer(bytes), channel.voidPromise());
  }

  /// The server answered: what waited goes out.
  ///
  /// @param header what its packets from us carry
  void onConnected(
      @Nullable ApplicationSockets applications, IntSupplier ownKeepAlive, PacketHeader header) {
    connected = true;
    if (server != null) {
      tally.dialled((InetSocketAddress) server.localAddress());
      if (!ended && applications != null) {
        following = Following.begin(applications, ownKeepAlive, application, server, header);
      }
      server.flush();
      onWritable(Side.SERVER);
    }
  }

  void onDialFailed(Throwable cause) {
    if (!ended) {
      tally.dialFailed();
      abort(String.valueOf(cause.getMessage()));
    }
  }

  /// Passes bytes on, unflushed.
  void carry(Side from, ByteBuf bytes) {
    DuplexChannel to = other(from);
    if (ended || to == null) {
      bytes.release();
      return;
    }
    switch (from) {
      case APPLICATION -> {
        bodyAhead -= bytes.readableBytes();
        tally.bytesUp(bytes.readableBytes());
      }
      case SERVER -> tally.bytesDown(bytes.readableBytes());
    }
    if (following != null) {
      following.moved();
    }
    to.write(bytes, to.voidPromise());
    if (!to.isWritable()) {
      holdSenderBack(from, to);
    }
  }

  /// Lets no more pile up than the high-water mark and one read: what a read loop brings goes out
  /// within the loop, and if it does not, the loop ends.
  private void holdSenderBack(Side from, DuplexChannel to) {
    if (connected) {
      to.flush();
    }
    if (!to.isWritable()) {
      setAutoRead(from, false);
    }
  }

  /// The end of a read loop: one flush for all that was read.
  void onReadComplete(Side from) {
    DuplexChannel to = other(from);
    if (!ended && to != null && connected) {
      to.flush();
      if (from == Side.APPLICATION) {
        applicationReads.fit(to, bodyAhead);
      } else if (serverReads != null) {
        serverReads.fit(to, Long.MAX_VALUE);
      }
    }
  }

  /// What the application sends goes through stages, which might hold a large read. Not a body.
  void onBodyAhead(long bytes) {
    bodyAhead = bytes;
  }

  /// A slow side took what it was given: the other one is read again.
  void onWritable(Side side) {
    DuplexChannel channel = channel(side);
    Side sender = side == Side.APPLICATION ? Side.SERVER : Side.APPLICATION;
    if (!ended
        && channel != null
        && channel.isWritable()
        && !(heldBack && sender == Side.APPLICATION)) {
      setAutoRead(sender, true);
    }
  }

  /// A stage before the relay can hold no more, or can again.
  void holdBack(boolean on) {
    if (heldBack != on) {
      heldBack = on;
      if (on) {
        setAutoRead(Side.APPLICATION, false);
      } else {
        onWritable(Side.SERVER);
      }
    }
  }

  /// This side sends nothing more. The other one hears it after all bytes before it.
  void onEof(Side from) {
    DuplexChannel to = other(from);
    if (ended) {
      return;
    }
    if (to == null) {
      abort("the application left before the server was dialled");
      return;
    }
    if (from == Side.SERVER) {
      application.pipeline().fireUserEventTriggered(ServerFinished.EVENT);
    }
    if (++directionsAtEof < 2) {
      // Before the dial is through, the flush happens in onConnected: shutdown waits for it.
      to.write(Unpooled.EMPTY_BUFFER).addListener(_ -> shutDownOutput(to));
      if (connected) {
        to.flush();
      }
      return;
    }
    finishBoth("both sides finished");
  }

  /// Nothing is outstanding, and the process leaves: ends both sides as their peers would, once the
  /// application has taken all that came for it. A request that is on its way at this moment meets
  /// an end of input, as from any server that ends an idle connection, and no reset.
  void endAtRest() {
    if (ended || !connected) {
      return;
    }
    if (hasPending(application)) {
      application
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(_ -> application.pipeline().fireUserEventTriggered(Leaving.WHEN_AT_REST));
      return;
    }
    end(LEAVING);
    finish(server);
    linger();
  }

  /// The process leaves: ends both sides with a reset. A side that has had its end of input is
  /// spared it: a reset would take what its kernel has not brought yet.
  void endNow() {
    if (!ended) {
      end(LEAVING);
    }
    reset(server);
    if (application.isOutputShutdown()) {
      application.close();
    } else {
      reset(application);
    }
  }

  /// Closed by its own end of input, after ours, or by an error that nobody told.
  void onClosed(Side side) {
    DuplexChannel channel = channel(side);
    if (channel != null && EndOfInput.closes(channel)) {
      onEof(side);
    }
    abort("closed");
  }

  private void finishBoth(String why) {
    end(why);
    finish(application);
    finish(server);
  }

  /// A reset, or a write that failed. Before the dial is through, that is what its failure does to
  /// the bytes that waited for it: [#onDialFailed] comes next and knows why.
  void onError(Side side, String why) {
    if (side == Side.APPLICATION || connected) {
      abort(why);
    }
  }

  /// Ends both sides with a reset.
  void abort(String why) {
    if (!ended) {
      end(why);
      reset(application);
      reset(server);
    }
  }

  /// The application got a refusal: the server sees a reset.
  void refuse(String why) {
    if (!ended) {
      end(why);
      reset(server);
      linger();
      application.eventLoop().schedule(this::giveUpRefusing, LINGER_S, TimeUnit.SECONDS);
    }
  }

  /// An answer that came before the refusal is not read: what is cut off must not look complete.
  private void giveUpRefusing() {
    if (!application.isOutputShutdown()) {
      reset(application);
    }
  }

  private void end(String why) {
    ended = true;
    if (following != null) {
      following.end();
    }
    tally.ended(why);
  }

  /// Sends the application our end of input once all before it is out, and stays until it sends its
  /// own: closing on bytes that it sent meanwhile would be a reset, which overtakes what it has not
  /// read yet.
  private void linger() {
    application
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            _ -> {
              shutDownOutput(application);
              application
                  .eventLoop()
                  .schedule(() -> application.close(), LINGER_S, TimeUnit.SECONDS);
            });
    setAutoRead(Side.APPLICATION, true);
  }

  /// Sends our end of input. From here on the side's own closes it at once: shutting down the input
  /// of a connection that has ended both ways is a system call that fails, and a stack trace.
  ///
  /// In a task of its own: a side that has finished too is told so in this turn, and closing it
  /// says the same.
  private static void shutDownOutput(DuplexChannel channel) {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (channel.isOpen()) {
                shutDownSocket((UnixChannel) channel);
                channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
              }
            });
  }

  /// Netty's own way makes an exception for what might be written after it.
  private static void shutDownSocket(UnixChannel channel) {
    try {
      ((Socket) channel.fd()).shutdown(false, true);
    } catch (IOException | NotYetConnectedException e) { // the latter is Netty's word for ENOTCONN
      log.debug("{}: already ended, as reading will tell: {}", channel, e.getMessage());
    }
  }

  private @Nullable DuplexChannel other(Side side) {
    return channel(side == Side.APPLICATION ? Side.SERVER : Side.APPLICATION);
  }

  private @Nullable DuplexChannel channel(Side side) {
    return side == Side.APPLICATION ? application : server;
  }

  /// Netty closes a channel that is asked to read on after its end of input.
  private void setAutoRead(Side side, boolean autoRead) {
    DuplexChannel channel = channel(side);
    if (channel != null && !channel.isInputShutdown()) {
      channel.config().setAutoRead(autoRead);
    }
  }

  /// Closes after everything written is out.
  private static void finish(@Nullable Channel channel) {
    if (channel != null) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static boolean hasPending(Channel channel) {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending != null && pending.totalPendingWriteBytes() > 0;
  }

  private static void reset(@Nullable Channel channel) {
    if (channel != null && channel.isOpen()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      channel.close();
    }
  }
}
