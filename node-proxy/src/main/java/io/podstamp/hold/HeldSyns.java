package io.podstamp.hold;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.podstamp.config.Destinations;
import io.podstamp.hold.Applications.Application;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.SynOutcome;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.SynMark;
import io.podstamp.upstream.AheadDial;
import io.podstamp.upstream.NoPortException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
/// All of it happens on one event loop, but for claims: a connection lives on any loop, and takes
/// its server there. Servers that wait for that are the one thing that several threads touch.
public final class HeldSyns {
  private static final Logger log = LoggerFactory.getLogger(HeldSyns.class);
  private static final long LOOK_EVERY_S = 1;

  /// An event loop that has not ended the reading by then hangs.
  private static final long END_WITHIN_S = 2;

  /// For how long all go direct once it was seen that they do not come to the listener.
  private static final long DETOUR_NANOS = TimeUnit.SECONDS.toNanos(30);

  /// A SYN that was released and lost on its way to the listener comes again within a second.
  private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A port may become free as long as that, before its SYN goes direct: the application has one.
  private static final long PORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long PORT_AGAIN_MS = 50;

  /// Most dials are through by then; others may have been given up by their applications.
  private static final long ASK_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EventLoopGroup loops;
  private final AheadDial.Sockets sockets;
  private final Translations translations;
  private final NodeMetrics metrics;
  private final IntSupplier most;
  private final Map<Syn.Path, HeldSyn> ready = new ConcurrentHashMap<>();
  private volatile @Nullable Reader reader;
  private final AtomicLong claims = new AtomicLong();
  private volatile boolean mayPass = true;
  private volatile boolean hadPorts = true;
  private volatile long withoutPortNanos;
  private volatile long passedAtNanos;
  private volatile @Nullable Detour detour;
  private volatile boolean gateClosed;

  /// What the kernel made of connections in the Pod.
  public interface Translations {
    /// The next packet from there meets the rules anew.
    void forget(InetSocketAddress source, InetSocketAddress destination) throws IOException;
  }

  /// @param sockets makes those that dial
  /// @param most how many may be dialled or wait for their applications at once; further SYNs wait
  ///   in the kernel
  public HeldSyns(
      EventLoopGroup loops,
      AheadDial.Sockets sockets,
      Translations translations,
      NodeMetrics metrics,
      IntSupplier most) {
    this.loops = loops;
    this.sockets = sockets;
    this.translations = translations;
    this.metrics = metrics;
    this.most = most;
    this.passedAtNanos = System.nanoTime() - 1;
  }

  /// Why SYNs go direct for now, and until when.
  private record Detour(String why, long untilNanos) {}

  /// Netlink sockets of a Pod's namespace, made in it.
  ///
  /// @param queue where its rules hand SYNs to
  /// @param applications who sent them
  public record Sockets(SynQueue queue, Applications applications) implements AutoCloseable {
    /// Makes them in the namespace of the calling thread.
    ///
    /// @param number of the queue
    /// @throws IOException when another program has a queue of this number, or there are none
    public static Sockets openHere(int number) throws IOException {
      SynQueue queue = SynQueue.openHere(number);
      try {
        return new Sockets(queue, Applications.openHere());
      } catch (IOException e) {
        queue.close();
        throw e;
      }
    }

    /// Lets them go; what is held is dropped.
    @Override
    public void close() {
      queue.close();
      applications.close();
    }
  }

  /// Takes SYNs from now on.
  public void begin(Sockets opened) {
    Reader made = new Reader(opened, loops.next());
    reader = made;
    opened.queue.start(made.loop, made::take);
  }

  /// Whether SYNs that cannot be dialled may go direct (transparent), or not (strict).
  public void mayPass(boolean may) {
    mayPass = may;
  }

  /// Stops and begins to take SYNs, as the Pod's connections do.
  public void gate(boolean isClosed) {
    gateClosed = isClosed;
    Reader now = reader;
    if (now != null) {
      now.loop.execute(now::readOrWait);
    }
  }

  /// Takes the server that was dialled for an application. Any thread.
  ///
  /// Its own port may not be what it was: NAT gives an accepted connection another one where its
  /// own is taken. Then any server will do that was dialled from the same address to the same
  /// destination, since nothing was said on it yet: who comes for that one takes another likewise.
  ///
  /// @return null when none was
  public AheadDial.@Nullable Server claim(InetSocketAddress source, InetSocketAddress destination) {
    if (ready.isEmpty()) {
      return null;
    }
    claims.incrementAndGet();
    HeldSyn claimed = ready.remove(new Syn.Path(source, destination));
    if (claimed == null) {
      claimed =
          ready.values().stream()
              .filter(other -> other.goesFrom(source.getAddress(), destination))
              .filter(other -> ready.remove(other.path, other))
              .findFirst()
              .orElse(null);
    }
    if (claimed == null) {
      return null;
    }
    Reader itsOwn = claimed.reader;
    if (itsOwn.waits) {
      itsOwn.loop.execute(itsOwn::readOrWait);
    }
    return claimed.server;
  }

  /// Why SYNs are not captured though they are held, in one clause; empty when they are.
  public String detour() {
    Detour now = detour;
    return now == null || now.untilNanos - System.nanoTime() < 0 ? "" : now.why;
  }

  /// Whether a dial of ours has found no free local port lately.
  public boolean isWithoutPorts() {
    return !hadPorts && System.nanoTime() - withoutPortNanos < DETOUR_NANOS;
  }

  /// All that wait go on by themselves, those too that are not read yet. For a process in trouble:
  /// any thread, and no event loop is needed.
  public void passAll() {
    Reader now = reader;
    if (now != null && mayPass) {
      passedAtNanos = System.nanoTime();
      now.netlink.queue.passAll();
    }
  }

  /// Takes no more. Those that are held go through the rules once more, which by now name another
  /// agent's queue, or none. When it returns, none comes to the listener any more that was
  /// released; not for event loops.
  public void end() {
    Reader now = reader;
    reader = null;
    if (now != null
        && !now.loop.submit(now::end).awaitUninterruptibly(END_WITHIN_S, TimeUnit.SECONDS)) {
      now.netlink.queue.handAllOn();
    }
  }

  /// What reads the queue, on its event loop.
  private final class Reader {
    private final Sockets netlink;
    private final EventLoop loop;
    private final Map<Syn.Path, HeldSyn> dialling = new HashMap<>();
    private volatile boolean waits;
    private boolean looks;
    private boolean ended;

    Reader(Sockets netlink, EventLoop loop) {
      this.netlink = netlink;
      this.loop = loop;
    }

    void take(Syn syn) {
      if (ended) {
        return; // it was handed on with the others
      }
      SynQueue queue = netlink.queue;
      if (syn.isOurs()) {
        comesBack(syn);
        return;
      }
      if (syn.path().destination().getAddress().equals(Destinations.PROBE)) {
        queue.redirect(syn);
        return;
      }
      if (isKnown(syn)) {
        return;
      }
      Application application = netlink.applications.of(syn);
      if (queue.mayHavePassed() && application == Application.GAVE_UP) {
        metrics.synHeld(SynOutcome.DIRECT); // it does not wait any more: it is through
        queue.drop(syn.packet());
        return;
      }
      if (syn.signed()
          || application == Application.WAITS_BOUND_TO_DEVICE
          || (mayPass && !detour().isEmpty())) {
        metrics.synHeld(mayPass ? SynOutcome.DIRECT : SynOutcome.DROPPED);
        letPast(syn);
        return;
      }
      HeldSyn fresh = new HeldSyn(this, syn, application == Application.WAITS);
      dialling.put(syn.path(), fresh);
      fresh.dial();
      readOrWait();
      lookLater();
    }

    /// The kernel sends no SYN again of which it knows that it is held: one that comes again means
    /// that the first is lost. Another number is another connection, whose predecessor has gone.
    private boolean isKnown(Syn syn) {
      HeldSyn before = dialling.get(syn.path());
      if (before != null) {
        netlink.queue.drop(before.syn.packet());
        if (before.syn.sequence() == syn.sequence()) {
          before.syn = syn;
          before.sinceNanos = System.nanoTime();
          return true;
        }
        before.giveUp();
      }
      HeldSyn waiting = ready.get(syn.path());
      if (waiting == null) {
        return false;
      }
      if (waiting.syn.sequence() != syn.sequence()) {
        waiting.expire();
        return false;
      }
      netlink.queue.redirect(syn);
      return true;
    }

    /// It is not ours to dial: direct, or forgotten where nothing may go direct.
    private void letPast(Syn syn) {
      if (mayPass) {
        netlink.queue.pass(syn);
      } else {
        netlink.queue.drop(syn.packet());
      }
    }

    /// Leaves SYNs to the kernel while there are as many as may be: each of those has a descriptor,
    /// until it is claimed or forgotten.
    void readOrWait() {
      boolean waited = waits;
      waits = true; // whoever claims one that is counted below has this asked again
      boolean must = gateClosed || dialling.size() + ready.size() >= most.getAsInt();
      waits = must;
      if (must != waited) {
        netlink.queue.read(!must);
      }
    }

    private void lookLater() {
      if (!looks) {
        looks = true;
        loop.schedule(this::look, LOOK_EVERY_S, TimeUnit.SECONDS);
      }
    }

    /// Who has been held for long may have been given up by its application.
    private void look() {
      looks = false;
      if (ended) {
        return;
      }
      long now = System.nanoTime();
      for (HeldSyn each : List.copyOf(dialling.values())) {
        if (each.isToBeAskedFor(now) && netlink.applications.of(each.syn) == Application.GAVE_UP) {
          netlink.queue.drop(each.syn.packet());
          each.giveUp();
        }
      }
      for (HeldSyn each : ready.values()) {
        if (now - each.sinceNanos > READY_NANOS) {
          each.expire();
        } else if (each.isToBeAskedFor(now) && each.isAstray(netlink.applications)) {
          leadPast(each);
        }
      }
      readOrWait();
      if (!dialling.isEmpty() || !ready.isEmpty()) {
        lookLater();
      }
    }

    /// Our own dial was redirected by somebody else's rules.
    private void comesBack(Syn syn) {
      goDirect(
          "another proxy in the Pod redirects our own connections to port "
              + syn.path().destination().getPort());
      if (mayPass) {
        netlink.queue.accept(syn);
      } else {
        netlink.queue.drop(syn.packet());
      }
    }

    private void goDirect(String why) {
      if (detour().isEmpty()) {
        log.warn("queue {}: {}: new connections go direct", netlink.queue.number(), why);
      }
      detour = new Detour(why, System.nanoTime() + DETOUR_NANOS);
    }

    /// It was released, and neither it nor any later one came to the listener: something in the Pod
    /// keeps them from it. Its next repetition goes direct, and so do all others for a while.
    private void leadPast(HeldSyn astray) {
      goDirect(
          "redirected connections do not come to the listener (maybe lo is down, or a rule of the Pod"
              + " drops them)");
      astray.expire();
      try {
        translations.forget(astray.path.source(), astray.path.destination());
      } catch (IOException e) {
        log.debug("{}: {}", astray.path, e.getMessage());
      }
    }

    private void end() {
      ended = true;
      dialling.values().forEach(HeldSyn::cancel);
      dialling.clear();
      netlink.queue.handAllOn();
      netlink.close();
      ready.values().forEach(HeldSyn::expire);
    }
  }

  /// One of them.
  private final class HeldSyn implements AheadDial.Outcome {
    private final Reader reader;
    private final Syn.Path path;
    private final boolean wasSeenWaiting;
    private Syn syn;
    private long sinceNanos = System.nanoTime();
    private long claimsBefore;
    private @Nullable AheadDial dial;

    /// Published with its entry among those that are ready.
    private AheadDial.@Nullable Server server;

    HeldSyn(Reader reader, Syn syn, boolean wasSeenWaiting) {
      this.reader = reader;
      this.syn = syn;
      this.path = syn.path();
      this.wasSeenWaiting = wasSeenWaiting;
    }

    boolean goesFrom(InetAddress source, InetSocketAddress destination) {
      return path.destination().equals(destination) && path.source().getAddress().equals(source);
    }

    void dial() {
      if (reader.dialling.get(path) != this) {
        return; // it was let go while it waited for a port
      }
      try {
        dial =
            AheadDial.begin(
                reader.loop,
                sockets,
                RedirectRules.MARK,
                path.destination(),
                path.source().getAddress(),
                syn.header(),
                this);
      } catch (NoPortException e) {
        withoutPortNanos = System.nanoTime();
        hadPorts = false;
        if (withoutPortNanos - sinceNanos < PORT_NANOS) {
          reader.loop.schedule(this::dial, PORT_AGAIN_MS, TimeUnit.MILLISECONDS);
        } else {
          letPast();
        }
      } catch (IOException e) {
        log.debug("{}: cannot be dialled: {}", path, e.getMessage());
        letPast();
      }
    }

    @Override
    public void connected(AheadDial.Server answered) {
      if (hasPassed()) {
        answered.close();
        return;
      }
      server = answered;
      sinceNanos = System.nanoTime();
      claimsBefore = claims.get();
      ready.put(path, this);
      over(SynOutcome.CONNECTED);
      reader.netlink.queue.redirect(syn);
    }

    /// Counted before it is told, so that who was told finds it counted.
    @Override
    public void failed(int errno) {
      if (hasPassed()) {
        return;
      }
      switch (DialError.of(errno)) {
        case REFUSED -> tell(SynOutcome.REFUSED, SynMark.REFUSED);
        case HOST_UNREACHABLE -> tellByIcmp(SynMark.HOST_UNREACHABLE);
        case NET_UNREACHABLE -> tellByIcmp(SynMark.NET_UNREACHABLE);
        case PROHIBITED -> tellByIcmp(SynMark.PROHIBITED);
        case TIMED_OUT -> {
          over(SynOutcome.GIVEN_UP);
          reader.netlink.queue.drop(syn.packet());
        }
        case RESET -> {
          over(SynOutcome.CONNECTED);
          reader.netlink.queue.redirect(
              syn); // the listener dials again, and passes on what it meets
        }
        case OTHER -> letPast();
      }
    }

    /// Whether it was let go while it was dialled, and its application dials itself.
    private boolean hasPassed() {
      if (passedAtNanos - sinceNanos < 0) {
        return false;
      }
      over(SynOutcome.DIRECT);
      return true;
    }

    private void tell(SynOutcome outcome, int mark) {
      if (over(outcome)) {
        reader.netlink.queue.release(syn, mark);
      }
    }

    private void tellByIcmp(int mark) {
      long wait = IcmpPace.OF_THE_PROCESS.next(System.nanoTime());
      if (wait == 0) {
        tell(SynOutcome.UNREACHABLE, mark);
      } else {
        reader.loop.schedule(() -> tell(SynOutcome.UNREACHABLE, mark), wait, TimeUnit.NANOSECONDS);
      }
    }

    private void letPast() {
      over(mayPass ? SynOutcome.DIRECT : SynOutcome.DROPPED);
      reader.letPast(syn);
    }

    /// It is not dialled any more.
    ///
    /// @return false if that was known: its application went while it waited for its turn to be
    ///   told
    private boolean over(SynOutcome outcome) {
      if (!reader.dialling.remove(path, this)) {
        return false;
      }
      metrics.synHeld(outcome);
      reader.readOrWait();
      return true;
    }

    boolean isToBeAskedFor(long now) {
      return wasSeenWaiting && now - sinceNanos > ASK_AFTER_NANOS;
    }

    /// Whether its application waits still, though nothing keeps it from the listener that we know
    /// of.
    boolean isAstray(Applications applications) {
      return mayPass && claimsBefore == claims.get() && applications.of(syn) == Application.WAITS;
    }

    /// Its application has gone.
    void giveUp() {
      cancel();
      over(SynOutcome.GIVEN_UP);
    }

    void cancel() {
      if (dial != null) {
        dial.cancel();
      }
    }

    /// Nobody came for its server.
    void expire() {
      if (ready.remove(path, this) && server != null) {
        server.close();
      }
    }
  }
}
