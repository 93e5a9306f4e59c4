package io.podstamp.hold;

import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DuplexChannel;
import io.podstamp.config.Destinations;
import io.podstamp.hold.Applications.Application;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.SynOutcome;
import io.podstamp.netns.SynMark;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The SYNs of one Pod that are held, and the servers that were dialled for them and wait for their
/// applications to be accepted.
///
/// ```
///   SYN ──► DIALLING ──server answered──► READY ──accepted──► claimed
///              │                            └──nobody came for ten seconds──► forgotten
///              ├──refused, unreachable──► the application is told the same
///              ├──the application gave up, or the dial's time is over──► forgotten
///              └──no dial is possible──► direct (transparent) or forgotten (strict)
/// ```
///
/// SYNs are read on one event loop and dialled on any; servers are claimed on that of the listener.
/// What several of them touch is a map entry each, or guarded by the SYN itself.
public final class HeldSyns {
  private static final long LOOK_EVERY_S = 1;

  /// A SYN that was released and lost on its way to the listener comes again within a second.
  private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// Most dials are through by then; others may have been given up by their applications.
  private static final long ASK_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EventLoopGroup loops;
  private final Dialer dialer;
  private final NodeMetrics metrics;
  private final IntSupplier most;
  private final IcmpPace pace;
  private final Map<Syn.Path, HeldSyn> held = new ConcurrentHashMap<>();
  private final Map<Syn.Path, HeldSyn> ready = new ConcurrentHashMap<>();
  private final AtomicInteger dialling = new AtomicInteger();
  private volatile @Nullable Reading reading;
  private volatile boolean mayPass = true;
  private volatile boolean gateClosed;
  private volatile boolean waiting;

  /// A queue that is read.
  private record Reading(SynQueue queue, Applications applications, EventLoop loop) {}

  /// @param most how many SYNs may be held at once; further ones wait in the kernel
  public HeldSyns(EventLoopGroup loops, Dialer dialer, NodeMetrics metrics, IntSupplier most) {
    this.loops = loops;
    this.dialer = dialer;
    this.metrics = metrics;
    this.most = most;
    this.pace = IcmpPace.OF_THE_PROCESS;
  }

  /// Sockets of a Pod's namespace, made in it.
  public static final class Sockets implements AutoCloseable {
    private final SynQueue queue;
    private final Applications applications;

    private Sockets(SynQueue queue, Applications applications) {
      this.queue = queue;
      this.applications = applications;
    }

    /// Makes them in the namespace of the calling thread.
    ///
    /// @param number of the queue
    /// @throws java.io.IOException when another program has a queue of this number, or there are
    ///   none
    public static Sockets openHere(int number) throws java.io.IOException {
      SynQueue queue = SynQueue.openHere(number);
      try {
        return new Sockets(queue, Applications.openHere());
      } catch (java.io.IOException e) {
        queue.close();
        throw e;
      }
    }

    /// Lets them go unused.
    @Override
    public void close() {
      queue.close();
      applications.close();
    }
  }

  /// Takes SYNs from now on.
  public void begin(Sockets sockets) {
    EventLoop loop = loops.next();
    reading = new Reading(sockets.queue, sockets.applications, loop);
    sockets.queue.start(loop, new Reader(sockets, loop)::take);
  }

  /// Whether SYNs that cannot be dialled may go direct (transparent), or not (strict).
  public void mayPass(boolean may) {
    mayPass = may;
  }

  /// Stops and begins to take SYNs, as the Pod's connections do.
  public void gate(boolean isClosed) {
    gateClosed = isClosed;
    readOrWaitSoon();
  }

  private void readOrWaitSoon() {
    Reading now = reading;
    if (now != null) {
      now.loop.execute(() -> readOrWait(now.queue));
    }
  }

  /// On the event loop of the queue. What it looks at is looked at once more after each turn: who
  /// changes it meanwhile sees the queue as it was.
  private void readOrWait(SynQueue queue) {
    while (mustWait() != waiting) {
      waiting = !waiting;
      queue.read(!waiting);
    }
  }

  private boolean mustWait() {
    return gateClosed || dialling.get() >= most.getAsInt();
  }

  /// Whether a server waits to be claimed.
  public boolean isAnyReady() {
    return !ready.isEmpty();
  }

  /// How many SYNs are held now.
  public int dialling() {
    return dialling.get();
  }

  /// Takes the server that was dialled for an application.
  ///
  /// Its own port may not be what it was: NAT gives an accepted connection another one where its
  /// own is taken. Then any server will do that was dialled from the same address to the same
  /// destination, since nothing was said on it yet: who comes for that one takes another likewise.
  ///
  /// @return null when none was
  public @Nullable DuplexChannel claim(InetSocketAddress source, InetSocketAddress destination) {
    HeldSyn own = ready.get(new Syn.Path(source, destination));
    if (own != null && own.claim()) {
      return own.server();
    }
    for (HeldSyn other : ready.values()) {
      if (other.path.destination().equals(destination)
          && other.path.source().getAddress().equals(source.getAddress())
          && other.claim()) {
        return other.server();
      }
    }
    return null;
  }

  /// All that wait go on by themselves, those too that are not read yet. For a process in trouble:
  /// any thread, and no event loop is needed.
  public void passAll() {
    Reading now = reading;
    if (now != null && mayPass) {
      now.queue.passAll();
    }
  }

  /// Takes no more. Those that are held go through the rules once more, which by now name another
  /// agent's queue, or none.
  public void end() {
    Reading now = reading;
    reading = null;
    if (now == null) {
      return;
    }
    now.queue.handAllOn();
    now.queue.close();
    now.loop.execute(now.applications::close);
    held.values().forEach(HeldSyn::forget);
  }

  /// What reads the queue, on its event loop.
  private final class Reader {
    private final Sockets sockets;
    private final EventLoop loop;
    private boolean looks;

    Reader(Sockets sockets, EventLoop loop) {
      this.sockets = sockets;
      this.loop = loop;
    }

    void take(Syn syn) {
      SynQueue queue = sockets.queue;
      if (syn.path().destination().getAddress().equals(Destinations.PROBE)) {
        queue.release(syn, SynMark.redirected(queue.number()));
        return;
      }
      HeldSyn before = held.get(syn.path());
      if (before != null && before.isRepeatedBy(syn)) {
        return;
      }
      if (before != null) {
        before.giveUp(); // its application has gone: this is the next one on the same path
      }
      Application application = sockets.applications.of(syn);
      if (syn.signed() || application == Application.WAITS_BOUND_TO_DEVICE) {
        metrics.synHeld(letPast(queue, syn));
        return;
      }
      HeldSyn fresh = new HeldSyn(queue, syn, application == Application.WAITS);
      held.put(syn.path(), fresh);
      dialling.incrementAndGet();
      readOrWait(queue);
      fresh.dial(EventLoops.seat(loops, loop));
      lookLater();
    }

    private void lookLater() {
      if (!looks) {
        looks = true;
        loop.schedule(this::look, LOOK_EVERY_S, TimeUnit.SECONDS);
      }
    }

    private void look() {
      looks = false;
      long now = System.nanoTime();
      for (HeldSyn each : held.values()) {
        each.look(now, sockets.applications);
      }
      if (!held.isEmpty() && reading != null) {
        lookLater();
      }
    }
  }

  private SynOutcome letPast(SynQueue queue, Syn syn) {
    if (mayPass) {
      queue.pass(syn);
      return SynOutcome.DIRECT;
    }
    queue.drop(syn.packet());
    return SynOutcome.DROPPED;
  }

  private enum State {
    DIALLING,
    READY,
    GONE
  }

  /// One of them. State and packet are guarded by this object; nothing waits while it is held.
  private final class HeldSyn {
    private final SynQueue queue;
    private final Syn.Path path;
    private final boolean wasSeenWaiting;
    private final long sinceNanos = System.nanoTime();
    private Syn syn;
    private State state = State.DIALLING;
    private long readyNanos;
    private @Nullable DuplexChannel server;

    HeldSyn(SynQueue queue, Syn syn, boolean wasSeenWaiting) {
      this.queue = queue;
      this.syn = syn;
      this.path = syn.path();
      this.wasSeenWaiting = wasSeenWaiting;
    }

    /// The kernel sends no SYN again of which it knows that it is held: one that comes again means
    /// that the first is lost.
    synchronized boolean isRepeatedBy(Syn again) {
      if (again.sequence() != syn.sequence() || state == State.GONE) {
        return false;
      }
      if (state == State.DIALLING) {
        queue.drop(syn.packet());
        syn = again;
      } else {
        queue.release(again, SynMark.redirected(queue.number()));
      }
      return true;
    }

    void dial(EventLoops.Seat seat) {
      if (seat.loop().inEventLoop()) {
        dialHere(seat);
      } else {
        seat.loop().execute(() -> dialHere(seat));
      }
    }

    private void dialHere(EventLoops.Seat seat) {
      OriginalDestination to = new OriginalDestination(path.destination());
      ChannelFuture dialled = dialer.dialAhead(seat.loop(), to, path.source().getAddress());
      synchronized (this) {
        if (state == State.GONE) {
          dialled.channel().close();
        } else {
          server = (DuplexChannel) dialled.channel();
        }
      }
      dialled.addListener(
          _ -> {
            seat.leave();
            onDialled(dialled);
          });
    }

    private void onDialled(ChannelFuture dialled) {
      Syn newest;
      synchronized (this) {
        if (state != State.DIALLING) {
          dialled.channel().close();
          return;
        }
        newest = syn;
        state = dialled.isSuccess() ? State.READY : State.GONE;
        readyNanos = System.nanoTime();
        if (dialled.isSuccess()) {
          ready.put(path, this);
        }
      }
      stopDialling();
      if (dialled.isSuccess()) {
        metrics.synHeld(SynOutcome.CONNECTED);
        queue.release(newest, SynMark.redirected(queue.number()));
      } else {
        held.remove(path, this);
        metrics.synHeld(fail(newest, DialError.of(dialled.cause())));
      }
    }

    private SynOutcome fail(Syn newest, DialError error) {
      return switch (error) {
        case REFUSED -> {
          queue.release(newest, SynMark.REFUSED);
          yield SynOutcome.REFUSED;
        }
        case HOST_UNREACHABLE -> unreachable(newest, SynMark.HOST_UNREACHABLE);
        case NET_UNREACHABLE -> unreachable(newest, SynMark.NET_UNREACHABLE);
        case PROHIBITED -> unreachable(newest, SynMark.PROHIBITED);
        case TIMED_OUT -> {
          queue.drop(newest.packet());
          yield SynOutcome.GIVEN_UP;
        }
        case OTHER -> letPast(queue, newest);
      };
    }

    private SynOutcome unreachable(Syn newest, int told) {
      long wait = pace.next(System.nanoTime());
      if (wait == 0) {
        queue.release(newest, told);
      } else {
        loops.next().schedule(() -> queue.release(newest, told), wait, TimeUnit.NANOSECONDS);
      }
      return SynOutcome.UNREACHABLE;
    }

    /// Whether it is the caller's from now on.
    boolean claim() {
      if (!ready.remove(path, this)) {
        return false;
      }
      held.remove(path, this);
      synchronized (this) {
        state = State.GONE;
      }
      return true;
    }

    synchronized @Nullable DuplexChannel server() {
      return server;
    }

    void look(long now, Applications applications) {
      Syn newest;
      boolean expired;
      synchronized (this) {
        newest = syn;
        expired = state == State.READY && now - readyNanos > READY_NANOS;
        if (!expired
            && (state != State.DIALLING || !wasSeenWaiting || now - sinceNanos < ASK_AFTER_NANOS)) {
          return;
        }
      }
      if (expired || applications.of(newest) == Application.GAVE_UP) {
        giveUp();
      }
    }

    /// Nobody waits for it any more.
    void giveUp() {
      Syn newest;
      State before;
      synchronized (this) {
        newest = syn;
        before = state;
      }
      if (before == State.DIALLING) {
        queue.drop(newest.packet());
        metrics.synHeld(SynOutcome.GIVEN_UP);
      }
      forget();
    }

    /// Lets go of its server.
    void forget() {
      State before;
      DuplexChannel dialled;
      synchronized (this) {
        before = state;
        state = State.GONE;
        dialled = server;
      }
      ready.remove(path, this);
      held.remove(path, this);
      if (before == State.DIALLING) {
        stopDialling();
      }
      if (before != State.GONE && dialled != null) {
        dialled.close();
      }
    }
  }

  private void stopDialling() {
    dialling.decrementAndGet();
    if (waiting) {
      readOrWaitSoon();
    }
  }
}
