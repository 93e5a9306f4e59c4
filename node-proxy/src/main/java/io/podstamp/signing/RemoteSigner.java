package io.podstamp.signing;

import io.podstamp.config.TokenSource;
import io.podstamp.task.BackgroundTask;
import io.podstamp.token.PodClaims;
import io.podstamp.token.SignerMessages;
import io.podstamp.token.SignerMessages.Answer;
import io.podstamp.token.SignerMessages.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Collects the tokens that this Node's Pods want, and asks the signer for all of them at once:
/// when one is urgent, those that will be due soon come along. While the signer does not answer it
/// is asked ever more seldom. On one virtual thread.
public final class RemoteSigner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RemoteSigner.class);

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final InstantSource clock;
  private final Asking asking;
  private final Map<Key, Want> wants = new ConcurrentHashMap<>();
  private final BackgroundTask task;
  private final LongAdder answered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder signed = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private Duration pause = Duration.ZERO;
  private Instant notBefore = Instant.MIN;
  private boolean isSilent;

  /// One question to a signer. Called by one thread at a time.
  interface Asking extends AutoCloseable {
    /// Asks; the answers are in the order of what is wanted.
    List<Answer> ask(TokenSource.OfSigner signer, List<Wanted> wanted) throws SigningException;

    @Override
    void close();
  }

  /// What came of it since the start.
  ///
  /// @param answered requests with an answer, each for several tokens
  /// @param failed requests without one
  public record Counts(long answered, long failed, long signed, long refused) {
    public static final Counts NONE = new Counts(0, 0, 0, 0);
  }

  private record Key(PodTokens tokens, String audience) {
    /// There is one object for each Pod, and it is never equal to another one.
    @Override
    public int hashCode() {
      return System.identityHashCode(tokens) * 31 + audience.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && key.tokens == tokens && key.audience.equals(audience);
    }
  }

  private record Want(
      TokenSource.OfSigner signer, PodClaims claims, PodTokens tokens, boolean urgent) {
    Wanted wanted() {
      return new Wanted(claims.namespace(), claims.pod(), claims.uid(), claims.audience());
    }
  }

  RemoteSigner(InstantSource clock, Asking asking) {
    this.clock = clock;
    this.asking = asking;
    this.task = BackgroundTask.every("identity-signer", LOOK, this::askForAll);
  }

  /// Begins to ask.
  public RemoteSigner start() {
    task.start();
    return this;
  }

  /// Asks for a token soon; at the latest when another one is urgent. The answer goes to
  /// [PodTokens#answered], [PodTokens#failed] or [PodTokens#unanswered].
  void want(TokenSource.OfSigner signer, PodClaims claims, PodTokens tokens, boolean urgent) {
    wants.put(new Key(tokens, claims.audience()), new Want(signer, claims, tokens, urgent));
    if (urgent) {
      task.soon();
    }
  }

  /// One round; nothing if no want is urgent.
  void askForAll() {
    if (isPausing(clock.instant()) || wants.values().stream().noneMatch(Want::urgent)) {
      return;
    }
    List<Want> taken = new ArrayList<>();
    for (Key key : List.copyOf(wants.keySet())) {
      Want want = wants.remove(key);
      if (want != null) {
        taken.add(want);
      }
    }
    // A change of the config is on its way to the others.
    TokenSource.OfSigner signer = taken.getLast().signer;
    taken.removeIf(want -> !want.signer.equals(signer));
    for (int from = 0; from < taken.size(); from += SignerMessages.MOST_TOKENS) {
      ask(signer, taken.subList(from, Math.min(taken.size(), from + SignerMessages.MOST_TOKENS)));
    }
  }

  /// A pause that is longer than any was begun before the clock was put back.
  private boolean isPausing(Instant now) {
    return now.isBefore(notBefore) && !notBefore.isAfter(now.plus(LONGEST_PAUSE));
  }

  private void ask(TokenSource.OfSigner signer, List<Want> some) {
    try {
      List<Answer> answers = asking.ask(signer, some.stream().map(Want::wanted).toList());
      answered.increment();
      recovered();
      for (int i = 0; i < answers.size(); i++) {
        deliver(some.get(i), answers.get(i));
      }
    } catch (SigningException e) {
      failed.increment();
      String why = String.valueOf(e.getMessage());
      silent(why);
      some.forEach(want -> want.tokens.unanswered(want.claims.audience(), why));
    }
  }

  private void deliver(Want want, Answer answer) {
    switch (answer) {
      case SignerMessages.Signed(String token) -> {
        signed.increment();
        want.tokens.answered(want.claims, token);
      }
      case SignerMessages.Refused(String why) -> {
        refused.increment();
        want.tokens.failed(want.claims.audience(), "the signer refuses: " + why);
      }
    }
  }

  private void silent(String why) {
    Duration doubled = pause.isZero() ? LOOK : pause.multipliedBy(2);
    pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    long jitter = ThreadLocalRandom.current().nextLong(1 + pause.toMillis() / 2);
    notBefore = clock.instant().plus(pause).minusMillis(jitter);
    if (!isSilent) {
      isSilent = true;
      log.warn("no token is signed, asking again for ever: {}", why);
    }
  }

  private void recovered() {
    pause = Duration.ZERO;
    notBefore = Instant.MIN;
    if (isSilent) {
      isSilent = false;
      log.info("the signer answers again");
    }
  }

  Counts counts() {
    return new Counts(answered.sum(), failed.sum(), signed.sum(), refused.sum());
  }

  @Override
  public void close() {
    task.close();
    asking.close();
  }
}
