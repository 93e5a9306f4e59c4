package io.podstamp.hold;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.podstamp.config.Destinations;
import io.podstamp.hold.Applications.Application;
import io.podstamp.metrics.SynOutcome;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the queue of one Pod's SYNs, on one event loop, and decides what becomes of each. All
/// methods on that loop, but for those that say otherwise.
final class QueueReader {
  private static final Logger log = LoggerFactory.getLogger(QueueReader.class);
  private static final long LOOK_EVERY_S = 1;

  /// A SYN that was released and lost on its way to the listener comes again within a second.
  private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final HeldSyns.Sockets netlink;
  private final EventLoop loop;
  private final HeldSyns.Means means;
  private final HoldState state;
  private final ReadyServers ready;
  private final Map<Syn.Path, HeldSyn> dialling = new HashMap<>();
  private volatile boolean waits;
  private boolean looks;
  private boolean ended;

  QueueReader(
      HeldSyns.Sockets netlink,
      EventLoop loop,
      HeldSyns.Means means,
      HoldState state,
      ReadyServers ready) {
    this.netlink = netlink;
    this.loop = loop;
    this.means = means;
    this.state = state;
    this.ready = ready;
  }

  /// Any thread.
  void start() {
    netlink.queue().start(loop, this::take);
  }

  /// Any thread.
  SynQueue queue() {
    return netlink.queue();
  }

  EventLoop loop() {
    return loop;
  }

  HeldSyns.Means means() {
    return means;
  }

  HoldState state() {
    return state;
  }

  ReadyServers ready() {
    return ready;
  }

  private void take(Syn syn) {
    if (ended) {
      return; // it was handed on with the others
    }
    SynQueue queue = netlink.queue();
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
    Application application = netlink.applications().of(syn);
    if (queue.mayHavePassed() && application == Application.GAVE_UP) {
      means.metrics().synHeld(SynOutcome.DIRECT); // it does not wait any more: it is through
      queue.drop(syn.packet());
      return;
    }
    if (syn.signed()
        || application == Application.WAITS_BOUND_TO_DEVICE
        || (state.mayPass() && !state.detour().isEmpty())) {
      means.metrics().synHeld(outcomeOfPast());
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
      netlink.queue().drop(before.syn().packet());
      if (before.isRepeatedBy(syn)) {
        before.repeated(syn);
        return true;
      }
      before.giveUp();
    }
    HeldSyn waiting = ready.get(syn.path());
    if (waiting == null) {
      return false;
    }
    if (!waiting.isRepeatedBy(syn)) {
      waiting.expire();
      return false;
    }
    netlink.queue().redirect(syn);
    return true;
  }

  /// It is not ours to dial: direct, or forgotten where nothing may go direct.
  void letPast(Syn syn) {
    if (state.mayPass()) {
      netlink.queue().pass(syn);
    } else {
      netlink.queue().drop(syn.packet());
    }
  }

  /// What [#letPast] does with one.
  SynOutcome outcomeOfPast() {
    return state.mayPass() ? SynOutcome.DIRECT : SynOutcome.DROPPED;
  }

  boolean isDialling(HeldSyn syn) {
    return dialling.get(syn.path()) == syn;
  }

  /// It is not dialled any more.
  ///
  /// @return false if that was known
  boolean over(HeldSyn syn) {
    return dialling.remove(syn.path(), syn);
  }

  /// A server was claimed: where SYNs wait for room there may be some. Any thread.
  void claimed() {
    if (waits) {
      lookForRoom();
    }
  }

  /// Any thread.
  void lookForRoom() {
    loop.execute(this::readOrWait);
  }

  /// Leaves SYNs to the kernel while there are as many as may be: each of those has a descriptor,
  /// until it is claimed or forgotten.
  void readOrWait() {
    boolean waited = waits;
    waits = true; // whoever claims one that is counted below has this asked again
    boolean must =
        state.isGateClosed() || dialling.size() + ready.count() >= means.most().getAsInt();
    waits = must;
    if (must != waited) {
      netlink.queue().read(!must);
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
      if (each.isToBeAskedFor(now)
          && netlink.applications().of(each.syn()) == Application.GAVE_UP) {
        netlink.queue().drop(each.syn().packet());
        each.giveUp();
      }
    }
    for (HeldSyn each : ready.all()) {
      if (each.isOlderThan(READY_NANOS, now)) {
        each.expire();
      } else if (each.isToBeAskedFor(now) && each.isAstray(netlink.applications())) {
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
    if (state.mayPass()) {
      netlink.queue().accept(syn);
    } else {
      netlink.queue().drop(syn.packet());
    }
  }

  private void goDirect(String why) {
    if (state.goDirect(why)) {
      log.warn("queue {}: {}: new connections go direct", netlink.queue().number(), why);
    }
  }

  /// It was released, and neither it nor any later one came to the listener: something in the Pod
  /// keeps them from it. Its next repetition goes direct, and so do all others for a while.
  private void leadPast(HeldSyn astray) {
    goDirect(
        "redirected connections do not come to the listener (maybe lo is down, or a rule of the Pod"
            + " drops them)");
    astray.expire();
    Syn.Path path = astray.path();
    try {
      means.translations().forget(path.source(), path.destination());
    } catch (IOException e) {
      log.debug("{}: {}", path, e.getMessage());
    }
  }

  /// Hands on what is held, and reads no more. Any thread.
  Future<?> end() {
    return loop.submit(this::endHere);
  }

  private void endHere() {
    ended = true;
    dialling.values().forEach(HeldSyn::cancel);
    dialling.clear();
    netlink.queue().handAllOn();
    netlink.close();
    ready.all().forEach(HeldSyn::expire);
  }
}
