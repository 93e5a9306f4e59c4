package io.podstamp.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.podstamp.metrics.RareLog;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Stands before the acceptor of a Pod's listeners, and closes while the Pod or the process holds
/// all that it may. Connections wait in the kernel's backlog then: none is refused, reset or let
/// past unstamped. One per Pod, on all its listening sockets.
@Sharable
public final class AcceptGate extends ChannelInboundHandlerAdapter {
  private static final RareLog WARNINGS =
      new RareLog(LoggerFactory.getLogger(AcceptGate.class), Level.WARN);

  /// As long as Netty's own acceptor waits after a failed accept(2).
  private static final int SECONDS_AFTER_A_FAILURE = 1;

  /// Adding up what is buffered looks at every connection, so it is done at every so many.
  private static final int LOOK_EVERY = 64;

  private final Capacity node;
  private final Limits limits;
  private final Set<Channel> listeners = ConcurrentHashMap.newKeySet();
  private final AtomicInteger open = new AtomicInteger();
  private volatile Turns also = _ -> {};
  private volatile boolean closed;
  private volatile boolean buffersFull;
  private volatile boolean failed;
  private volatile int closings;

  /// What one Pod may hold; asked again and again, from all event loops.
  public interface Limits {
    /// Connections at once.
    int connections();

    /// Whether bytes that wait for a slow side are as many as they may be. Looks at every
    /// connection of the Pod.
    boolean isBufferedToTheBrim();
  }

  /// Who else holds connections back while it is closed.
  public interface Turns {
    void gate(boolean isClosed);
  }

  public AcceptGate(Capacity node, Limits limits) {
    this.node = node;
    this.limits = limits;
  }

  /// One for a process that serves one Pod, which may have all of it.
  public static AcceptGate of(Capacity process) {
    return new AcceptGate(
        process,
        new Limits() {
          @Override
          public int connections() {
            return process.most();
          }

          @Override
          public boolean isBufferedToTheBrim() {
            return false;
          }
        });
  }

  /// Has somebody told of each turn; one at most.
  public void alsoTurns(Turns other) {
    also = other;
  }

  /// Whether connections wait.
  public boolean isClosed() {
    return closed;
  }

  /// How often connections have begun to wait: who looks twice and finds the same number knows that
  /// the gate was open all the while, if it is open now.
  public int closings() {
    return closings;
  }

  /// Why they wait, in a few words.
  public String reason() {
    if (failed) {
      return "accepting failed";
    }
    if (open.get() >= limits.connections()) {
      return "it has all the " + limits.connections() + " connections it may have";
    }
    return buffersFull ? "it has all the bytes buffered it may have" : "the node's agent is full";
  }

  /// Adds up what is buffered; to be called now and then, since bytes come and go without a
  /// connection doing so.
  public void lookAtBuffers() {
    buffersFull = limits.isBufferedToTheBrim();
    lookAgain();
  }

  /// A socket that listens; it accepts from now on.
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    listeners.add(ctx.channel());
    ctx.channel().config().setAutoRead(!closed);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    listeners.remove(ctx.channel());
    if (listeners.isEmpty()) {
      node.opened(this);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    int now = open.incrementAndGet();
    node.enter();
    ((Channel) accepted).closeFuture().addListener(_ -> leave());
    if (now % LOOK_EVERY == 0) {
      buffersFull = limits.isBufferedToTheBrim();
    }
    if (isFull()) {
      lookAgain();
    }
    ctx.fireChannelRead(accepted);
  }

  /// accept(2) failed: most likely no descriptor was left. What waits is asked for again later.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!failed) {
      WARNINGS.log("{}: connections wait: {}", ctx.channel().localAddress(), cause.getMessage());
      failed = true;
      lookAgain();
      ctx.executor().schedule(this::tryAgain, SECONDS_AFTER_A_FAILURE, TimeUnit.SECONDS);
    }
  }

  private void tryAgain() {
    failed = false;
    lookAgain();
  }

  private void leave() {
    open.decrementAndGet();
    if (closed) {
      lookAgain();
    }
    node.leave();
  }

  private boolean isFull() {
    return failed || buffersFull || open.get() >= limits.connections() || node.isFull();
  }

  /// Opens or closes as it should be. What is asked is asked once more after each turn: a
  /// connection that ends meanwhile sees the gate as it was.
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  synchronized void lookAgain() {
    while (isFull() != closed) {
      closed = !closed;
      if (closed) {
        closings++;
        node.closed(this);
      } else {
        node.opened(this);
      }
      listeners.forEach(listener -> listener.config().setAutoRead(!closed));
      also.gate(closed);
    }
  }
}
