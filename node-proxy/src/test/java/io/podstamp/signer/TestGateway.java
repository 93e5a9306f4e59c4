package io.podstamp.signer;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.podstamp.token.PodToken;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A gateway for one audience, with another implementation of JOSE, no allowance for clocks, and a
/// JWK set that it fetches every five minutes and never for a key that it does not know.
final class TestGateway {
  private static final Duration CACHED = Duration.ofMinutes(5);

  private final String audience;
  private final Supplier<String> published;
  private @Nullable JWKSet keys;
  private Instant fetched = Instant.MIN;

  TestGateway(String audience, Supplier<String> published) {
    this.audience = audience;
    this.published = published;
  }

  /// Which Pod it lets in, as `NAMESPACE/NAME by SUBJECT from IP on NODE`; null for none.
  @Nullable String letsIn(@Nullable String token, Instant now) throws Exception {
    if (token == null) {
      return null;
    }
    SignedJWT jwt = SignedJWT.parse(token);
    JWTClaimsSet claims = jwt.getJWTClaimsSet();
    JWK key = keys(now).getKeyByKeyId(jwt.getHeader().getKeyID());
    boolean isGood =
        key != null
            && PodToken.TYPE.equals(jwt.getHeader().getType().getType())
            && jwt.verify(new ECDSAVerifier(key.toECKey()))
            && claims.getAudience().equals(List.of(audience))
            && claims.getIssuer().equals("https://podstamp.example")
            && claims.getExpirationTime().toInstant().isAfter(now)
            && !claims.getIssueTime().toInstant().isAfter(now)
            && !claims.getNotBeforeTime().toInstant().isAfter(now);
    return isGood ? told(claims) : null;
  }

  private static String told(JWTClaimsSet claims) throws Exception {
    Map<String, Object> kubernetes = claims.getJSONObjectClaim("kubernetes.io");
    return "%s/%s by %s from %s on %s"
        .formatted(
            kubernetes.get("namespace"),
            name(kubernetes.get("pod")),
            claims.getSubject(),
            claims.getClaim("ip"),
            name(kubernetes.get("node")));
  }

  private static Object name(@Nullable Object member) {
    return Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(member)).get("name"));
  }

  private JWKSet keys(Instant now) throws Exception {
    JWKSet known = keys;
    if (known == null || !now.isBefore(fetched.plus(CACHED))) {
      known = JWKSet.parse(published.get());
      keys = known;
      fetched = now;
    }
    return known;
  }
}
