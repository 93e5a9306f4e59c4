package io.podstamp.install;

import io.podstamp.install.ChainStatus.State;
import io.podstamp.task.BackgroundTask;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps podstamp chained, whoever rewrites the network's configuration. The folder is looked at
/// every period, which sees renames, links and rewrites in place alike; the price is a listing, one
/// small read and a look at the plugin's files.
///
/// On one virtual thread.
public final class ChainWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChainWatch.class);

  /// A look takes milliseconds, unless the folder's disk hangs.
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

  private final Supplier<Outcome> chain;
  private final Backoff backoff;
  private final LongSupplier nanoClock;
  private final InstantSource clock;
  private final BackgroundTask task =
      BackgroundTask.paced("chain-watch", this::pause, this::lookAgain);
  private @Nullable String suspected;
  private volatile ChainStatus status;
  private boolean chainedOnce;
  private boolean hadProblem;
  private int mends;

  /// @param chain looks, and mends what is to be mended
  /// @param nanoClock as `System::nanoTime`
  ChainWatch(
      Supplier<Outcome> chain, Duration period, LongSupplier nanoClock, InstantSource clock) {
    this.chain = chain;
    this.backoff = new Backoff(period);
    this.nanoClock = nanoClock;
    this.clock = clock;
    this.status = ChainStatus.notChained("the network was not looked at yet", clock.instant());
  }

  /// Looks now, and from now on.
  static ChainWatch start(Supplier<Outcome> chain, Duration period) {
    ChainWatch watch = new ChainWatch(chain, period, System::nanoTime, InstantSource.system());
    watch.lookFirst();
    watch.task.start();
    return watch;
  }

  /// As of the last look.
  public ChainStatus status() {
    return status;
  }

  private void lookFirst() {
    try {
      lookAgain();
    } catch (RuntimeException e) {
      log.error("the network cannot be looked at", e);
    }
  }

  private void lookAgain() {
    try {
      look();
    } catch (RuntimeException e) {
      settle(State.NOT_CHAINED, "the network cannot be looked at: " + e);
      throw e;
    }
  }

  void look() {
    switch (chain.get()) {
      case Outcome.Unchanged unchanged -> {
        chainedOnce = true;
        settle(State.CHAINED, "");
      }
      case Outcome.Changed changed -> mended(changed);
      case Outcome.LeftAlone alone -> {
        // Its owner may be in the midst of writing it: only what is so twice is so.
        if (alone.reason().equals(suspected)) {
          settle(State.NOT_CHAINED, alone.reason());
        }
        suspected = alone.reason();
        return;
      }
      case Outcome.GivenUp end -> {
        task.close();
        settle(State.NOT_CHAINED, end.reason());
      }
    }
    suspected = null;
  }

  private void mended(Outcome.Changed changed) {
    if (!chainedOnce) {
      chainedOnce = true;
      log.info("chained into {}", changed.file());
      settle(State.CHAINED, "");
      return;
    }
    mends++;
    backoff.onMend(nanoClock.getAsLong());
    if (backoff.isExhausted()) {
      settle(
          State.FIGHT,
          changed.file()
              + ": another agent takes podstamp out again and again (expected: one that lets other"
              + " plugins stay; for Cilium: cni.exclusive=false); it is put back ever more seldom");
    } else {
      log.info("chained again into {}, which another agent has rewritten", changed.file());
      settle(State.CHAINED, "");
    }
  }

  private void settle(State state, String reason) {
    ChainStatus before = status;
    if (state == State.CHAINED
        && backoff.isExhausted()
        && !backoff.hasPeace(nanoClock.getAsLong())) {
      return; // a fight is not over because it pauses
    }
    boolean same = state == before.state() && reason.equals(before.reason());
    if (!same && state != State.CHAINED) {
      log.warn("not chained: {}", reason);
    } else if (!same && hadProblem) {
      log.info("chained again");
    }
    hadProblem = state != State.CHAINED;
    status = new ChainStatus(state, reason, same ? before.since() : clock.instant(), mends);
  }

  Duration pause() {
    return backoff.pause();
  }

  /// Looks no more; when it returns, nothing is being written (unless the disk hangs).
  @Override
  public void close() {
    if (!task.closeAndAwait(LONGEST_LOOK)) {
      log.warn("the last look at the network has not ended within {} s", LONGEST_LOOK.toSeconds());
    }
  }
}
