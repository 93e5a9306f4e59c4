package io.podstamp.signer;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.podstamp.kubernetes.AccountTokens;
import io.podstamp.kubernetes.ClusterPods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who asks: an agent on a Node, or nobody. Any Pod may have a ServiceAccount token for any
/// audience, so the audience proves nothing by itself: it has to be the agents' account, and the
/// token bound to a live Pod of their DaemonSet. Its Node is the caller's.
final class Callers {
  /// A good token is not asked about again for so long; that its Pod is gone is known by then.
  private static final Duration FRESH = Duration.ofMinutes(1);

  /// While the API server does not answer, what it said this long ago counts.
  private static final Duration REMEMBERED = Duration.ofMinutes(15);

  private static final int MOST_REMEMBERED = 20_000;

  /// Questions to the API server at the same time, whoever asks.
  private static final int MOST_QUESTIONS = 8;

  private static final long LONGEST_WAIT_SECONDS = 1;

  /// The client tries for longer; an agent does not wait for that.
  private static final long LONGEST_ANSWER_SECONDS = 2;

  private final Reviews reviews;
  private final Function<String, ClusterPods.@Nullable Known> pods;
  private final Agents agents;
  private final InstantSource clock;
  private final Semaphore questions = new Semaphore(MOST_QUESTIONS);
  private final Cache<String, Reviewed> remembered =
      Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).expireAfterWrite(REMEMBERED).build();

  /// Asks the API server, see [AccountTokens#review].
  interface Reviews {
    AccountTokens.@Nullable Holder review(String token) throws IOException;
  }

  /// Who agents are.
  ///
  /// @param name of their DaemonSet and of their ServiceAccount
  record Agents(String namespace, String name) {
    String user() {
      return "system:serviceaccount:" + namespace + ":" + name;
    }
  }

  private record Reviewed(AccountTokens.Holder holder, Instant at) {}

  /// Who it is.
  sealed interface Caller {}

  /// An agent.
  record Agent(String pod, String node) implements Caller {
    @Override
    public String toString() {
      return pod + " on " + node;
    }
  }

  /// Nobody that is answered.
  ///
  /// @param who as far as it is known
  record Stranger(Refusal refusal, String who, String why) implements Caller {}

  Callers(
      Reviews reviews,
      Function<String, ClusterPods.@Nullable Known> pods,
      Agents agents,
      InstantSource clock) {
    this.reviews = reviews;
    this.pods = pods;
    this.agents = agents;
    this.clock = clock;
  }

  /// Judges the value of `Authorization`. May wait for the API server.
  Caller of(@Nullable String authorization) {
    if (authorization == null || !authorization.startsWith("Bearer ")) {
      return new Stranger(
          Refusal.NOT_AUTHENTICATED, "somebody", "no ServiceAccount token in Authorization");
    }
    try {
      AccountTokens.Holder holder = holder(authorization.substring("Bearer ".length()).strip());
      return holder == null
          ? new Stranger(
              Refusal.NOT_AUTHENTICATED,
              "somebody",
              "the API server does not know the token as one for podstamp-signer")
          : judge(holder);
    } catch (IOException e) {
      return new Stranger(Refusal.UNABLE, "somebody", String.valueOf(e.getMessage()));
    }
  }

  private Caller judge(AccountTokens.Holder holder) {
    if (!holder.user().equals(agents.user())) {
      return new Stranger(Refusal.NOT_AN_AGENT, holder.user(), "expected: " + agents.user());
    }
    if (!holder.podUid().isEmpty() && holder.node().isEmpty()) {
      return new Stranger(
          Refusal.UNABLE,
          holder.user(),
          "the API server does not tell on which Node a token's Pod is (expected: Kubernetes 1.30 or later)");
    }
    ClusterPods.Known pod = pods.apply(holder.podUid());
    if (pod == null
        || pod.hasEnded()
        || !pod.ref().namespace().equals(agents.namespace())
        || !pod.daemonSet().equals(agents.name())
        || !pod.node().equals(holder.node())) {
      return new Stranger(
          Refusal.NOT_AN_AGENT,
          holder.podUid().isEmpty()
              ? holder.user() + " of no Pod"
              : holder.user() + " of Pod " + holder.podUid() + " on " + holder.node(),
          "its token is bound to no live Pod of DaemonSet %s/%s on that Node"
              .formatted(agents.namespace(), agents.name()));
    }
    return new Agent(pod.ref().toString(), pod.node());
  }

  private AccountTokens.@Nullable Holder holder(String token) throws IOException {
    String key = digest(token);
    Reviewed known = remembered.getIfPresent(key);
    Instant now = clock.instant();
    if (known != null && now.isBefore(known.at.plus(FRESH)) && !now.isBefore(known.at)) {
      return known.holder;
    }
    try {
      AccountTokens.Holder holder = ask(token);
      if (holder == null) {
        remembered.invalidate(key);
      } else {
        remembered.put(key, new Reviewed(holder, now));
      }
      return holder;
    } catch (IOException e) {
      if (known != null) {
        return known.holder;
      }
      throw e;
    }
  }

  private AccountTokens.@Nullable Holder ask(String token) throws IOException {
    try {
      if (!questions.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("too many ask who they are");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    CompletableFuture<Optional<AccountTokens.Holder>> answer = new CompletableFuture<>();
    Thread.ofVirtual().name("token-review").start(() -> ask(token, answer));
    try {
      return answer.get(LONGEST_ANSWER_SECONDS, TimeUnit.SECONDS).orElse(null);
    } catch (TimeoutException e) {
      throw new IOException("the API server does not answer a TokenReview within 2 s", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException why
          ? why
          : new IOException("a TokenReview has failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void ask(String token, CompletableFuture<Optional<AccountTokens.Holder>> answer) {
    try {
      answer.complete(Optional.ofNullable(reviews.review(token)));
    } catch (IOException | RuntimeException e) {
      answer.completeExceptionally(e);
    } finally {
      questions.release();
    }
  }

  /// Tokens themselves are not kept.
  private static String digest(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
