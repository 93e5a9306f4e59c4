package io.podstamp.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is signed, read and verified by another implementation.
class PodTokenTest {
  private static final Instant NOW = Instant.parse("2026-12-01T08:00:00.750Z");
  private static final PodClaims CLAIMS =
      new PodClaims(
          "https://podstamp.example",
          "orders-gateway",
          "shop",
          "checkout-6f9d7c5b8-x2x4z",
          "5d8cf9a2-8f0b-4f6e-9d0c-0a9a6c1f3b11",
          "checkout",
          "node-7",
          "10.244.1.17",
          List.of("10.0.3.7", "fd00::7"));

  private static JWK published(SigningKeys keys) throws ParseException {
    return JWKSet.parse(keys.jwks()).getKeys().getFirst();
  }

  private static boolean verifies(SignedJWT token, JWK key) throws JOSEException {
    JWSVerifier verifier =
        key.getKeyType().getValue().equals("EC")
            ? new ECDSAVerifier(key.toECKey())
            : new RSASSAVerifier(key.toRSAKey());
    return token.verify(verifier);
  }

  private static void isVerified(String pem, String algorithm) throws Exception {
    SigningKeys keys = SigningKeys.parse(pem);
    JWK key = published(keys);
    for (int i = 0; i < 50; i++) {
      SignedJWT token = SignedJWT.parse(PodToken.sign(keys.current(), CLAIMS, NOW).text());
      assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo(algorithm);
      assertThat(token.getHeader().getType().getType()).isEqualTo("pod-identity+jwt");
      assertThat(token.getHeader().getKeyID())
          .isEqualTo(key.getKeyID())
          .isEqualTo(key.computeThumbprint().toString());
      assertThat(verifies(token, key)).isTrue();
      assertThat(verifies(token, published(SigningKeys.parse(otherOf(algorithm))))).isFalse();
      if (algorithm.equals("RS256")) {
        return; // the key takes its time
      }
    }
  }

  private static String otherOf(String algorithm) {
    return algorithm.equals("ES256") ? Keys.p256() : Keys.rsa(2048);
  }

  @Test
  void es256_isVerifiedByAnother() throws Exception {
    isVerified(Keys.p256(), "ES256");
  }

  @Test
  void rs256_isVerifiedByAnother() throws Exception {
    isVerified(Keys.rsa(2048), "RS256");
  }

  /// The public point is computed here, for numbers of all lengths.
  @Test
  void publicPoint_isThatOfTheKey_alsoWithLeadingZeros() throws Exception {
    for (int i = 0; i < 40; i++) {
      SigningKeys keys = SigningKeys.parse(Keys.p256());
      assertThat(published(keys).toECKey().toECPublicKey()).isEqualTo(keys.current().open());
    }
  }

  @Test
  void claims_areThoseOfABoundToken_andTimesAreBackdated() throws ParseException {
    PodToken token = PodToken.sign(SigningKeys.parse(Keys.p256()).current(), CLAIMS, NOW);
    JWTClaimsSet claims = SignedJWT.parse(token.text()).getJWTClaimsSet();
    assertThat(claims.getIssuer()).isEqualTo("https://podstamp.example");
    assertThat(claims.getSubject()).isEqualTo("system:serviceaccount:shop:checkout");
    assertThat(claims.getAudience()).containsExactly("orders-gateway");
    assertThat(claims.getIssueTime())
        .isEqualTo(claims.getNotBeforeTime())
        .isEqualTo(Date.from(Instant.parse("2026-12-01T07:59:00Z")));
    assertThat(claims.getExpirationTime())
        .isEqualTo(Date.from(Instant.parse("2026-12-01T08:05:00Z")));
    assertThat(claims.getJWTID()).hasSize(22);
    assertThat(claims.getClaim("ip")).isEqualTo("10.244.1.17");
    assertThat(claims.getStringListClaim("node_ips")).containsExactly("10.0.3.7", "fd00::7");
    assertThat(claims.getJSONObjectClaim("kubernetes.io"))
        .isEqualTo(
            Map.of(
                "namespace",
                "shop",
                "node",
                Map.of("name", "node-7"),
                "pod",
                Map.of(
                    "name",
                    "checkout-6f9d7c5b8-x2x4z",
                    "uid",
                    "5d8cf9a2-8f0b-4f6e-9d0c-0a9a6c1f3b11"),
                "serviceaccount",
                Map.of("name", "checkout")));
    assertThat(token.text().length()).isLessThan(1024);
  }

  @Test
  void longestNamesThatKubernetesHas_stayBelowWhatReceiversTake() {
    PodClaims longest =
        new PodClaims(
            "i".repeat(255),
            "a".repeat(255),
            "n".repeat(63),
            "p".repeat(253),
            CLAIMS.uid(),
            "s".repeat(253),
            "o".repeat(253),
            "2001:db8:1111:2222:3333:4444:5555:6666",
            List.of("100.100.100.100", "2001:db8:1111:2222:3333:4444:5555:6666"));
    String text = PodToken.sign(SigningKeys.parse(Keys.p256()).current(), longest, NOW).text();
    assertThat(text.length()).isLessThan(4096);
    assertThat(text).matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}");
  }

  @Test
  void eachIsAnother_andIsNotSentInItsLastSeconds() {
    SigningKey key = SigningKeys.parse(Keys.p256()).current();
    PodToken token = PodToken.sign(key, CLAIMS, NOW);
    assertThat(PodToken.sign(key, CLAIMS, NOW).text()).isNotEqualTo(token.text());
    assertThat(token.renewal()).isBetween(NOW.plusSeconds(134), NOW.plusSeconds(150));
    assertThat(token.isUsable(NOW.toEpochMilli())).isTrue();
    assertThat(token.isUsable(NOW.plusSeconds(294).toEpochMilli())).isTrue();
    assertThat(token.isUsable(NOW.plusSeconds(295).toEpochMilli())).isFalse();
    assertThat(token.toString()).doesNotContain(token.text());
  }

  @Test
  void severalKeys_theFirstSigns_allArePublished() throws ParseException {
    SigningKeys keys = SigningKeys.parse("# two\n" + Keys.p256() + Keys.rsa(2048));
    assertThat(JWKSet.parse(keys.jwks()).getKeys())
        .extracting(JWK::getKeyID)
        .containsExactlyElementsOf(keys.keys().stream().map(SigningKey::kid).toList());
    assertThat(JWKSet.parse(keys.jwks()).getKeys()).noneMatch(JWK::isPrivate);
    assertThat(keys.current().toString()).startsWith("ES256 ");
  }

  @Test
  void publicPem_isReadByAnother() throws JOSEException, ParseException {
    SigningKeys keys = SigningKeys.parse(Keys.p256());
    assertThat(JWK.parseFromPEMEncodedObjects(keys.pem()).toECKey().toECPublicKey())
        .isEqualTo(published(keys).toECKey().toECPublicKey());
    assertThat(keys.pem()).doesNotContain("PRIVATE");
  }

  private static String wrong(String pem) {
    try {
      SigningKeys.parse(pem);
      throw new AssertionError("was taken");
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
      })
  void whatIsNoKey_isRefusedInOneSentence(String pem) {
    assertThat(wrong(pem)).contains("(expected: PEM with a private key").doesNotContain("AAAA");
  }

  @Test
  void keysThatVerifiersDoNotTake_areRefused() {
    assertThat(wrong(Keys.ec("secp384r1"))).startsWith("an EC key of another curve than P-256");
    assertThat(wrong(Keys.rsa(1024))).startsWith("an RSA key of 1024 bits");
    String key = Keys.p256();
    assertThat(wrong(key + key)).startsWith("a private key twice");
  }
}
