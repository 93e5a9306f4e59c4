package io.podstamp.signing;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.config.TokenSettings;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.token.Keys;
import io.podstamp.token.SigningKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One Pod's tokens as time passes and things fail; the clock is the test's.
class PodTokensTest {
  private static final Instant BEGIN = Instant.parse("2026-12-01T08:00:00Z");
  private static final PodRef POD = new PodRef("shop", "web-0", "u1");

  private Instant now = BEGIN;
  private final TokenSigner signer =
      new TokenSigner(
          new InstantSource() {
            @Override
            public Instant instant() {
              return now;
            }
          });
  private Subject subject = Subject.of(POD, identity("checkout", Map.of(), "10.1.2.3"));
  private final PodTokens tokens = new PodTokens(new Signers(signer, null), () -> subject);
  private TokenSettings settings;
  @TempDir private Path home;

  @BeforeEach
  void key() throws IOException {
    Files.writeString(home.resolve("key.pem"), Keys.p256());
    settings = settings("orders", "billing");
  }

  private TokenSettings settings(String... audiences) {
    StringBuilder rules = new StringBuilder();
    for (String audience : audiences) {
      rules.append("{destinations: [192.0.2.7], ports: [80], audience: %s},".formatted(audience));
    }
    Config config =
        ConfigFile.parse(
            "c",
            "identity: {issuer: me, keyFile: %s, rules: [%s]}"
                .formatted(home.resolve("key.pem"), rules));
    return config.identity().orElseThrow();
  }

  private static PodIdentity identity(
      @Nullable String serviceAccount, Map<String, String> annotations, String ip) {
    return new PodIdentity(
        POD,
        List.of(InetAddress.ofLiteral(ip)),
        "web-0",
        serviceAccount,
        Map.of(),
        annotations,
        null,
        new PodIdentity.Node("n1", InetAddress.ofLiteral("10.0.0.1")));
  }

  private String text() {
    return Objects.requireNonNull(tokens.textFor("orders"));
  }

  private void after(Duration time) {
    now = now.plus(time);
    tokens.renew(settings);
  }

  private PodTokens.Status status() {
    return tokens.status().stream()
        .filter(status -> status.audience().equals("orders"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void oneForEachAudience_andNoneForOthers() throws ParseException {
    assertThat(tokens.textFor("orders")).isNull();
    tokens.renew(settings);
    assertThat(SignedJWT.parse(text()).getJWTClaimsSet().getAudience()).containsExactly("orders");
    assertThat(tokens.textFor("billing")).isNotNull().isNotEqualTo(text());
    assertThat(tokens.textFor("others")).isNull();
    assertThat(signer.signed()).isEqualTo(2);
  }

  @Test
  void renewedAtHalfItsLife_notBefore() {
    tokens.renew(settings);
    String first = text();
    after(Duration.ofSeconds(134));
    assertThat(text()).isSameAs(first);
    after(Duration.ofSeconds(16));
    assertThat(text()).isNotEqualTo(first);
    assertThat(signer.signed()).isEqualTo(4);
  }

  @Test
  void keyGone_livesToItsEnd_thenIsMissing_andComesBack() throws IOException {
    tokens.renew(settings);
    String first = text();
    Path key = home.resolve("key.pem");
    String pem = Files.readString(key);
    Files.delete(key);
    after(Duration.ofSeconds(150));
    assertThat(text()).isSameAs(first);
    assertThat(status().problem()).contains("key.pem: no such file");
    assertThat(status().missingSince()).isNull();
    after(Duration.ofSeconds(144));
    assertThat(text()).isSameAs(first);
    after(Duration.ofSeconds(1));
    assertThat(tokens.textFor("orders")).isNull();
    after(Duration.ofSeconds(100));
    assertThat(status().missingSince()).isEqualTo(BEGIN.plusSeconds(295));
    assertThat(status().expires()).isNull();
    assertThat(signer.failures()).isEqualTo(4);
    Files.writeString(key, pem);
    after(Duration.ofSeconds(1));
    assertThat(text()).isNotEqualTo(first);
    assertThat(status().problem()).isNull();
  }

  @Test
  void brokenKey_neverGivesAToken() throws IOException {
    Files.writeString(home.resolve("key.pem"), "nothing");
    tokens.renew(settings);
    assertThat(tokens.textFor("orders")).isNull();
    assertThat(status().problem()).contains("no private key (expected: PEM");
    after(Duration.ofSeconds(20));
    assertThat(status().missingSince()).isEqualTo(BEGIN);
  }

  @Test
  void otherKey_signsAtOnce() throws IOException, ParseException {
    tokens.renew(settings);
    String kid = SignedJWT.parse(text()).getHeader().getKeyID();
    Path key = home.resolve("key.pem");
    Files.writeString(key, Files.readString(key) + Keys.p256());
    after(Duration.ofSeconds(1));
    assertThat(SignedJWT.parse(text()).getHeader().getKeyID()).isEqualTo(kid);
    Files.writeString(key, Keys.p256());
    after(Duration.ofSeconds(1));
    assertThat(SignedJWT.parse(text()).getHeader().getKeyID()).isNotEqualTo(kid);
  }

  @Test
  void otherFacts_areSignedAtOnce() throws ParseException {
    tokens.renew(settings);
    subject = Subject.of(POD, identity("checkout", Map.of(), "10.9.9.9"));
    after(Duration.ofSeconds(1));
    assertThat(SignedJWT.parse(text()).getJWTClaimsSet().getClaim("ip")).isEqualTo("10.9.9.9");
  }

  @Test
  void clockPutBack_aTokenFromTheFutureIsReplaced() throws ParseException {
    tokens.renew(settings);
    now = BEGIN.minusSeconds(3600);
    tokens.renew(settings);
    assertThat(SignedJWT.parse(text()).getJWTClaimsSet().getExpirationTime().toInstant())
        .isEqualTo(BEGIN.minusSeconds(3300));
  }

  @Test
  void audienceNoLongerConfigured_hasNone() {
    tokens.renew(settings);
    settings = settings("billing");
    after(Duration.ofSeconds(1));
    assertThat(tokens.textFor("orders")).isNull();
    tokens.renew(null);
    assertThat(tokens.status()).isEmpty();
  }

  /// Half an hour, as docs/identity.md has keys rotated, with the file gone for a while now and
  /// then: whatever is sent verifies by what is published, and something is sent.
  @Test
  void rotations_whatIsSentIsAlwaysVerifiedByWhatIsPublished() throws Exception {
    Path file = home.resolve("key.pem");
    String signing = Files.readString(file);
    String next = Keys.p256();
    String content = signing;
    JWKSet published = JWKSet.parse(SigningKeys.parse(content).jwks());
    for (int second = 0; second < 1800; second += 5) {
      String before = content;
      content =
          switch (second % 600) {
            case 60 -> signing + next;
            case 120 -> next + signing;
            case 480 -> next;
            default -> content;
          };
      if (second % 600 == 480) {
        signing = next;
        next = Keys.p256();
      }
      boolean isGone = second % 600 > 200 && second % 600 < 330;
      if (isGone) {
        Files.deleteIfExists(file);
      } else {
        Files.writeString(file, content);
      }
      if (!content.equals(before)) {
        published = JWKSet.parse(SigningKeys.parse(content).jwks());
      }
      after(Duration.ofSeconds(5));
      SignedJWT token = SignedJWT.parse(text());
      JWK key = published.getKeyByKeyId(token.getHeader().getKeyID());
      assertThat(token.verify(new ECDSAVerifier(key.toECKey()))).as("second %d", second).isTrue();
      assertThat(token.getJWTClaimsSet().getExpirationTime().toInstant()).isAfter(now);
      assertThat(token.getJWTClaimsSet().getIssueTime().toInstant()).isBefore(now);
    }
    assertThat(signer.failures()).isPositive();
  }

  @Test
  void podsThatCannotBeSpokenFor_haveNone() {
    for (Subject unknown :
        List.of(
            Subject.of(POD, identity(null, Map.of(), "10.1.2.3")),
            Subject.of(POD, identity("a", Map.of("kubernetes.io/config.mirror", "h"), "10.1.2.3")),
            Subject.of(new PodRef("shop", "web-0", ""), identity("a", Map.of(), "10.1.2.3")),
            Subject.of(new PodRef("shop", "web-0", "u2"), identity("a", Map.of(), "10.1.2.3")))) {
      subject = unknown;
      tokens.renew(settings);
      assertThat(tokens.textFor("orders")).isNull();
      assertThat(status().problem()).isEqualTo(((Subject.Unknown) unknown).why());
    }
  }
}
