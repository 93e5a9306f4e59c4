package io.podstamp.redirect;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/// What an owner has still to do, and the one task at a time that does it. Whoever wants something
/// posts an intent and goes on; the owner's state needs no lock, since only its task touches it.
///
/// ```
///   IDLE ──post──► WAITING ──task takes all intents──► WORKING ──nothing new──► IDLE
///                     ▲                                   └──posted meanwhile──┐
///                     └────────────────────────────────────────────────────────┘
/// ```
///
/// Intents say what to look at, never what was seen: equal ones coalesce, and the task reads its
/// inputs when it works. So the last change of an input is always followed by work that has seen
/// it.
///
/// @param <I> what can be intended
public final class Mailbox<I extends Enum<I>> {
  private final Class<I> kind;
  private final Executor executor;
  private final Work<I> work;
  private final AtomicReference<Content<I>> content;
  private volatile long workingSinceNanos;
  private volatile boolean working;

  /// One round of work for all intents that were waiting.
  public interface Work<I> {
    /// Does what is intended.
    ///
    /// @throws Exception whatever went wrong; told to those who posted, and to nobody else
    void run(Set<I> intents) throws Exception;
  }

  /// @param active whether a task is under way or about to be
  /// @param done completes with the round that takes these intents
  private record Content<I>(Set<I> intents, CompletableFuture<Void> done, boolean active) {}

  /// @param executor runs tasks, each of which may block
  public Mailbox(Class<I> kind, Executor executor, Work<I> work) {
    this.kind = kind;
    this.executor = executor;
    this.work = work;
    this.content = new AtomicReference<>(nothing(false));
  }

  private Content<I> nothing(boolean active) {
    return new Content<>(Set.of(), new CompletableFuture<>(), active);
  }

  /// Adds an intent; never waits.
  ///
  /// @return completes after a round of work that began after this call; exceptionally if that
  ///   failed, or if no more work is done
  public CompletableFuture<Void> post(I intent) {
    Content<I> before = content.getAndUpdate(now -> with(now, intent));
    if (!before.active()) {
      try {
        executor.execute(this::workUntilNothingIsLeft);
      } catch (RuntimeException | Error e) { // no thread: the next post tries again
        content.getAndSet(nothing(false)).done().completeExceptionally(e);
      }
    }
    return before.done();
  }

  private Content<I> with(Content<I> now, I intent) {
    if (now.active() && now.intents().contains(intent)) {
      return now;
    }
    Set<I> more = EnumSet.noneOf(kind);
    more.addAll(now.intents());
    more.add(intent);
    return new Content<>(more, now.done(), true);
  }

  private void workUntilNothingIsLeft() {
    while (true) {
      Content<I> next = content.getAndUpdate(now -> nothing(!now.intents().isEmpty()));
      if (next.intents().isEmpty()) {
        return;
      }
      work(next);
    }
  }

  private void work(Content<I> next) {
    workingSinceNanos = System.nanoTime();
    working = true;
    Throwable failure = null;
    try {
      work.run(next.intents());
    } catch (Throwable t) {
      failure = t;
    }
    working = false;
    if (failure == null) {
      next.done().complete(null);
    } else {
      next.done().completeExceptionally(failure);
    }
  }

  /// For how long the present round has been at work; zero between rounds.
  public Duration busyFor() {
    return working ? Duration.ofNanos(System.nanoTime() - workingSinceNanos) : Duration.ZERO;
  }
}
