package io.podstamp.hold;

import io.podstamp.hold.Applications.Application;
import io.podstamp.metrics.SynOutcome;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.SynMark;
import io.podstamp.upstream.AheadDial;
import io.podstamp.upstream.NoPortException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One SYN that is held: its dial, and what its application is told of it. All methods on its
/// reader's event loop, but for [#claimed].
final class HeldSyn implements AheadDial.Outcome {
  private static final Logger log = LoggerFactory.getLogger(HeldSyn.class);

  /// A port may become free as long as that, before its SYN goes direct: the application has one.
  private static final long PORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long PORT_AGAIN_MS = 50;

  /// Most dials are through by then; others may have been given up by their applications.
  private static final long ASK_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final QueueReader reader;
  private final Syn.Path path;
  private final boolean wasSeenWaiting;
  private Syn syn;
  private long sinceNanos = System.nanoTime();
  private long claimsBefore;
  private @Nullable AheadDial dial;

  /// Published with its entry among those that are ready.
  private AheadDial.@Nullable Server server;

  /// @param wasSeenWaiting whether its application's socket was found
  HeldSyn(QueueReader reader, Syn syn, boolean wasSeenWaiting) {
    this.reader = reader;
    this.syn = syn;
    this.path = syn.path();
    this.wasSeenWaiting = wasSeenWaiting;
  }

  Syn.Path path() {
    return path;
  }

  /// As it came last.
  Syn syn() {
    return syn;
  }

  boolean goesFrom(InetAddress source, InetSocketAddress destination) {
    return path.destination().equals(destination) && path.source().getAddress().equals(source);
  }

  /// Whether another one is the same connection's.
  boolean isRepeatedBy(Syn other) {
    return syn.sequence() == other.sequence();
  }

  /// It came again.
  void repeated(Syn again) {
    syn = again;
    sinceNanos = System.nanoTime();
  }

  void dial() {
    if (!reader.isDialling(this)) {
      return; // it was let go while it waited for a port
    }
    try {
      dial =
          AheadDial.begin(
              reader.loop(),
              reader.means().sockets(),
              RedirectRules.MARK,
              path.destination(),
              path.source().getAddress(),
              syn.header(),
              this);
    } catch (NoPortException e) {
      long now = System.nanoTime();
      reader.state().noPort(now);
      if (now - sinceNanos < PORT_NANOS) {
        reader.loop().schedule(this::dial, PORT_AGAIN_MS, TimeUnit.MILLISECONDS);
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
    claimsBefore = reader.ready().claims();
    reader.ready().add(this);
    over(SynOutcome.CONNECTED);
    reader.queue().redirect(syn);
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
        reader.queue().drop(syn.packet());
      }
      case RESET -> {
        over(SynOutcome.CONNECTED);
        reader.queue().redirect(syn); // the listener dials again, and passes on what it meets
      }
      case OTHER -> letPast();
    }
  }

  /// Whether it was let go while it was dialled, and its application dials itself.
  private boolean hasPassed() {
    if (!reader.state().havePassedSince(sinceNanos)) {
      return false;
    }
    over(SynOutcome.DIRECT);
    return true;
  }

  private void tell(SynOutcome outcome, int mark) {
    if (over(outcome)) {
      reader.queue().release(syn, mark);
    }
  }

  private void tellByIcmp(int mark) {
    long wait = IcmpPace.OF_THE_PROCESS.next(System.nanoTime());
    if (wait == 0) {
      tell(SynOutcome.UNREACHABLE, mark);
    } else {
      reader.loop().schedule(() -> tell(SynOutcome.UNREACHABLE, mark), wait, TimeUnit.NANOSECONDS);
    }
  }

  private void letPast() {
    over(reader.outcomeOfPast());
    reader.letPast(syn);
  }

  /// It is not dialled any more.
  ///
  /// @return false if that was known: its application went while it waited for its turn to be told
  private boolean over(SynOutcome outcome) {
    if (!reader.over(this)) {
      return false;
    }
    reader.means().metrics().synHeld(outcome);
    reader.readOrWait();
    return true;
  }

  boolean isOlderThan(long nanos, long now) {
    return now - sinceNanos > nanos;
  }

  /// Whether it is time to look whether its application waits still.
  boolean isToBeAskedFor(long now) {
    return wasSeenWaiting && isOlderThan(ASK_AFTER_NANOS, now);
  }

  /// Whether its application waits still, though nothing keeps it from the listener that we know
  /// of.
  boolean isAstray(Applications applications) {
    return reader.state().mayPass()
        && claimsBefore == reader.ready().claims()
        && applications.of(syn) == Application.WAITS;
  }

  /// Its application came for it, on any thread, and has taken it out.
  AheadDial.@Nullable Server claimed() {
    reader.claimed();
    return server;
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
    if (reader.ready().remove(this) && server != null) {
      server.close();
    }
  }
}
