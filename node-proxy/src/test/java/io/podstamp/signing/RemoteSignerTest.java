package io.podstamp.signing;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.ConfigFile;
import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.token.PodClaims;
import io.podstamp.token.PodToken;
import io.podstamp.token.SignerMessages.Answer;
import io.podstamp.token.SignerMessages.Refused;
import io.podstamp.token.SignerMessages.Signed;
import io.podstamp.token.SignerMessages.Wanted;
import io.podstamp.token.SigningKey;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// How often a signer is asked, and what is made of its answers; the clock is the test's.
class RemoteSignerTest {
  private static final Instant BEGIN = Instant.parse("2026-12-01T08:00:00Z");
  private static final SigningKey KEY = SigningKey.generate();

  private Instant now = BEGIN;
  private final InstantSource clock =
      new InstantSource() {
        @Override
        public Instant instant() {
          return now;
        }
      };
  private final List<List<Wanted>> asked = new ArrayList<>();
  private Signs signs = claims -> new Signed(PodToken.sign(KEY, claims, now).text());
  private final RemoteSigner remote =
      new RemoteSigner(
          clock,
          new RemoteSigner.Asking() {
            @Override
            public List<Answer> ask(TokenSource.OfSigner signer, List<Wanted> wanted)
                throws SigningException {
              asked.add(wanted);
              List<Answer> answers = new ArrayList<>();
              for (Wanted one : wanted) {
                answers.add(signs.answer(claims(one)));
              }
              return answers;
            }

            @Override
            public void close() {}
          });
  private final Signers signers = new Signers(new TokenSigner(clock), remote);
  private final List<PodTokens> pods = new ArrayList<>();
  private final TokenSettings settings =
      ConfigFile.parse(
              "c",
              "identity: {issuer: me, signer: {url: https://s}, rules: [{destinations: [192.0.2.7],"
                  + " ports: [80], audience: orders}]}")
          .identity()
          .orElseThrow();

  /// What a signer does.
  private interface Signs {
    Answer answer(PodClaims claims) throws SigningException;
  }

  private static PodClaims claims(Wanted wanted) {
    return new PodClaims(
        "me",
        wanted.audience(),
        wanted.namespace(),
        wanted.pod(),
        wanted.uid(),
        "checkout",
        "n1",
        "10.1.2.3",
        List.of("10.0.0.1"));
  }

  private PodTokens pod(String name) {
    PodRef ref = new PodRef("shop", name, "uid-" + name);
    PodIdentity pod =
        new PodIdentity(
            ref,
            List.of(InetAddress.ofLiteral("10.1.2.3")),
            name,
            "checkout",
            Map.of(),
            Map.of(),
            null,
            new PodIdentity.Node("n1", InetAddress.ofLiteral("10.0.0.1")));
    PodTokens tokens = new PodTokens(signers, () -> Subject.of(ref, pod));
    pods.add(tokens);
    return tokens;
  }

  /// As the agent does every second.
  private void seconds(int count) {
    for (int i = 0; i < count; i++) {
      pods.forEach(tokens -> tokens.renew(settings));
      remote.askForAll();
      now = now.plusSeconds(1);
    }
  }

  private static String problem(PodTokens tokens) {
    return String.valueOf(tokens.status().getFirst().problem());
  }

  @Test
  void tokensThatAreDueSoon_areRenewedTogether() {
    for (int i = 0; i < 50; i++) {
      pod("web-" + i);
      seconds(1);
    }
    asked.clear();
    seconds(1000);
    assertThat(asked.stream().mapToInt(List::size).sum())
        .as("each 120 to 150 s, of 50 Pods")
        .isBetween(300, 420);
    assertThat(asked).as("in a few requests, for what is due within 15 s").hasSizeLessThan(45);
    assertThat(pods).allMatch(tokens -> tokens.textFor("orders") != null);
  }

  @Test
  void silentSigner_isAskedEverMoreSeldom_andItsTokenLivesToItsEnd() {
    PodTokens tokens = pod("web");
    seconds(1);
    String first = tokens.textFor("orders");
    signs =
        claims -> {
          throw new SigningException("signer s: no answer", null);
        };
    asked.clear();
    seconds(290);
    assertThat(tokens.textFor("orders")).isEqualTo(first).isNotNull();
    assertThat(problem(tokens)).isEqualTo("signer s: no answer");
    assertThat(asked).as("each 10 s, half of it at random, for 140 s").hasSizeBetween(13, 40);
    seconds(5);
    assertThat(tokens.textFor("orders")).isNull();
    signs = claims -> new Signed(PodToken.sign(KEY, claims, now).text());
    seconds(11);
    assertThat(tokens.textFor("orders")).isNotNull();
    assertThat(tokens.status().getFirst().problem()).isNull();
    assertThat(remote.counts().failed()).isPositive();
  }

  @Test
  void refusal_isTold_andAskedAgainEverMoreSeldom() {
    signs = claims -> new Refused("the API server has not told it of that Pod");
    PodTokens tokens = pod("web");
    seconds(200);
    assertThat(tokens.textFor("orders")).isNull();
    assertThat(problem(tokens))
        .isEqualTo("the signer refuses: the API server has not told it of that Pod");
    assertThat(tokens.status().getFirst().missingSince()).isEqualTo(BEGIN);
    assertThat(asked).as("after 1, 2, 4 … 64 s").hasSizeBetween(7, 10);
  }

  /// The signer has not heard of its address yet.
  @Test
  void tokenThatSaysLess_isSent_andSoonReplaced() {
    signs = claims -> new Signed(PodToken.sign(KEY, without(claims), now).text());
    PodTokens tokens = pod("web");
    seconds(1);
    String first = tokens.textFor("orders");
    assertThat(first).isNotNull();
    signs = claims -> new Signed(PodToken.sign(KEY, claims, now).text());
    seconds(3);
    assertThat(tokens.textFor("orders")).isNotEqualTo(first);
    asked.clear();
    seconds(100);
    assertThat(asked).isEmpty();
  }

  private static PodClaims without(PodClaims claims) {
    return new PodClaims(
        claims.issuer(),
        claims.audience(),
        claims.namespace(),
        claims.pod(),
        claims.uid(),
        claims.serviceAccount(),
        claims.node(),
        null,
        List.of());
  }

  @Test
  void whatIsNotForThisPod_isNotSent() {
    PodTokens tokens = pod("web");
    for (Signs wrong :
        List.<Signs>of(
            claims -> new Signed("nonsense"),
            claims -> new Signed("a.b\r\nX-Forged: yes.c"),
            claims -> new Signed("e30.e30.e30"),
            claims -> signed(new Wanted("shop", "other", "uid-web", "orders")),
            claims -> signed(new Wanted("shop", "web", "uid-other", "orders")),
            claims -> signed(new Wanted("bank", "web", "uid-web", "orders")),
            claims -> signed(new Wanted("shop", "web", "uid-web", "billing")))) {
      signs = wrong;
      seconds(100);
      assertThat(tokens.textFor("orders")).isNull();
      assertThat(problem(tokens)).startsWith("the signer");
    }
  }

  private Answer signed(Wanted wanted) {
    return new Signed(PodToken.sign(KEY, claims(wanted), now).text());
  }

  @Test
  void clocksThatDiffer_byLess_areNoMatter_byMore_areTold() {
    PodTokens tokens = pod("web");
    signs = claims -> new Signed(PodToken.sign(KEY, claims, now.plusSeconds(120)).text());
    seconds(100);
    assertThat(tokens.textFor("orders")).isNotNull();
    assertThat(asked).hasSize(1);
    PodTokens late = pod("late");
    signs = claims -> new Signed(PodToken.sign(KEY, claims, now.minusSeconds(300)).text());
    seconds(10);
    assertThat(late.textFor("orders")).isNull();
    assertThat(problem(late)).contains("(expected: clocks that agree)");
  }

  @Test
  void clockPutBack_pausesDoNotLast() {
    signs =
        claims -> {
          throw new SigningException("signer s: no answer", null);
        };
    PodTokens tokens = pod("web");
    PodTokens refused = pod("refused");
    seconds(100);
    signs = claims -> claims.pod().equals("web") ? signed(claims) : new Refused("why");
    seconds(100);
    now = now.minus(Duration.ofHours(1));
    signs = this::signed;
    seconds(15);
    assertThat(tokens.textFor("orders")).isNotNull();
    assertThat(refused.textFor("orders")).isNotNull();
  }

  private Answer signed(PodClaims claims) {
    return new Signed(PodToken.sign(KEY, Objects.requireNonNull(claims), now).text());
  }

  @Test
  void moreThanOneRequestTakes_areSeveral() {
    for (int i = 0; i < 501; i++) {
      pod("web-" + i);
    }
    seconds(1);
    assertThat(asked).extracting(List::size).containsExactly(500, 1);
    assertThat(pods).allMatch(tokens -> tokens.textFor("orders") != null);
    assertThat(remote.counts().answered()).isEqualTo(2);
    assertThat(remote.counts().signed()).isEqualTo(501);
  }
}
