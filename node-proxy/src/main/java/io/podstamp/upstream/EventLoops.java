package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.podstamp.metrics.RareLog;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Makes the event loops that connections live on: epoll with few calls, accepted connections where
/// they cost the least, and one mistake of Netty 4.2.18 mended.
///
/// After the end of input, and with nothing to write, Netty waits for no event and takes the
/// descriptor out of epoll; but it never adds it again, so the first write that has to wait for a
/// slow reader fails with ENOENT (`EpollIoHandler.DefaultEpollIoRegistration.submit`). A
/// half-closed connection lost the end of long answers that way. Here the descriptor stays:
/// edge-triggered and without events of its own, so that an error or a hang-up wakes the loop once
/// and not for ever.
public final class EventLoops {
  private static final RareLog WARNINGS =
      new RareLog(LoggerFactory.getLogger(EventLoops.class), Level.WARN);

  private EventLoops() {}

  /// Loops whose threads run already: one that starts later, inside a Pod's netns, would stay
  /// there.
  public static EventLoopGroup start(int threads) {
    IoHandlerFactory epoll = EpollIoHandler.newFactory();
    EventLoopGroup loops =
        new StayingLoops(threads, executor -> new KeepingHandler(epoll.newHandler(executor)));
    loops.forEach(loop -> loop.submit(() -> {}).awaitUninterruptibly());
    return loops;
  }

  /// An accepted connection stays on the loop that accepted it, which is awake, while no other loop
  /// has fewer of them: handing it over means waking another thread.
  private static final class StayingLoops extends MultiThreadIoEventLoopGroup {
    StayingLoops(int threads, IoHandlerFactory handlers) {
      super(threads, new DefaultThreadFactory("event-loop", Thread.MAX_PRIORITY), handlers);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... none) {
      return new CountingLoop(this, executor, handlers);
    }

    @Override
    public ChannelFuture register(Channel channel) {
      Channel listener = channel.parent();
      return listener == null
          ? super.register(channel)
          : leastBusy((CountingLoop) listener.eventLoop()).admit(channel);
    }

    private CountingLoop leastBusy(CountingLoop own) {
      CountingLoop least = own;
      for (EventExecutor each : this) {
        CountingLoop loop = (CountingLoop) each;
        if (loop.accepted.get() < least.accepted.get()) {
          least = loop;
        }
      }
      return least;
    }
  }

  /// Knows how many accepted connections it has, from the moment they are sent to it.
  private static final class CountingLoop extends SingleThreadIoEventLoop {
    private final AtomicInteger accepted = new AtomicInteger();

    CountingLoop(IoEventLoopGroup loops, Executor executor, IoHandlerFactory handlers) {
      super(loops, executor, handlers);
    }

    private ChannelFuture admit(Channel connection) {
      accepted.incrementAndGet();
      connection.closeFuture().addListener(_ -> accepted.decrementAndGet());
      return register(connection);
    }
  }

  /// Tells epoll what a descriptor waits for once before the loop waits, and not at each change: a
  /// connection that is dialled changes it four times.
  private static final class KeepingHandler implements IoHandler {
    private final IoHandler epoll;
    private final List<KeepingRegistration> changed = new ArrayList<>();

    KeepingHandler(IoHandler epoll) {
      this.epoll = epoll;
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return new KeepingRegistration(epoll.register(handle), handle, changed);
    }

    @Override
    public void initialize() {
      epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      // By index: a handle that is closed here may change others.
      for (int i = 0; i < changed.size(); i++) {
        changed.get(i).tellEpoll();
      }
      changed.clear();
      return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
      epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
      epoll.destroy();
    }

    @Override
    public void wakeup() {
      epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return epoll.isCompatible(handleType);
    }
  }

  private static final class KeepingRegistration implements IoRegistration {
    private final IoRegistration registration;
    private final IoHandle handle;
    private final List<KeepingRegistration> changed;
    private EpollIoOps wanted = EpollIoOps.NONE;
    private EpollIoOps told = EpollIoOps.NONE;
    private boolean waits;

    KeepingRegistration(
        IoRegistration registration, IoHandle handle, List<KeepingRegistration> changed) {
      this.registration = registration;
      this.handle = handle;
      this.changed = changed;
    }

    @Override
    public long submit(IoOps ops) {
      EpollIoOps some = ((EpollIoOps) ops).without(EpollIoOps.EPOLLRDHUP);
      wanted = some.equals(EpollIoOps.NONE) ? EpollIoOps.EPOLLET : some;
      if (!waits) {
        waits = true;
        changed.add(this);
      }
      return wanted.value();
    }

    private void tellEpoll() {
      waits = false;
      if (wanted.equals(told) || !registration.isValid()) {
        return;
      }
      told = wanted;
      try {
        registration.submit(wanted);
      } catch (UncheckedIOException e) {
        WARNINGS.log("epoll: a descriptor cannot be watched: {}", e.getMessage());
        try {
          handle.close();
        } catch (Exception alsoFailed) {
          WARNINGS.log("epoll: nor closed", alsoFailed);
        }
      }
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }
}
