package io.podstamp.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A signed token: a JWS in its compact form (RFC 7515, section 7.1).
///
/// @param text what a header carries
/// @param expires its `exp`
public record PodToken(String text, PodClaims claims, String kid, Instant signed, Instant expires) {
  /// `typ`, so that a verifier of other tokens does not take it for one of those (RFC 8725, section
  /// 3.11).
  public static final String TYPE = "pod-identity+jwt";

  /// Half of the verifiers that were tried allow no clock skew at its end.
  public static final Duration LIFETIME = Duration.ofMinutes(5);

  /// Some verifiers refuse an `iat` that is in the future by their clock.
  public static final Duration BACKDATED = Duration.ofMinutes(1);

  /// It has to arrive, too.
  private static final Duration LEAST_LEFT = Duration.ofSeconds(5);

  private static final int ID_OCTETS = 16;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final SecureRandom RANDOM = new SecureRandom();

  /// Signs one.
  public static PodToken sign(SigningKey key, PodClaims claims, Instant now) {
    Instant expires = Instant.ofEpochSecond(now.plus(LIFETIME).getEpochSecond());
    byte[] id = new byte[ID_OCTETS];
    RANDOM.nextBytes(id);
    Map<String, String> header = new LinkedHashMap<>();
    header.put("alg", key.algorithm().name());
    header.put("typ", TYPE);
    header.put("kid", key.kid());
    String input =
        Base64Url.of(JSON.writeValueAsString(header))
            + "."
            + Base64Url.of(
                JSON.writeValueAsString(
                    claims.members(
                        now.minus(BACKDATED).getEpochSecond(),
                        expires.getEpochSecond(),
                        Base64Url.of(id))));
    try {
      String text = input + "." + Base64Url.of(key.sign(input.getBytes(US_ASCII)));
      return new PodToken(text, claims, key.kid(), now, expires);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key that has signed before signs no more", e);
    }
  }

  /// Reads one that a signer made. Whether its signature is good is for receivers to say: it came
  /// over a connection to the signer.
  ///
  /// @param received by the clock of this process, which says when it is renewed; the signer's may
  ///   differ
  /// @throws IllegalArgumentException with one clause
  public static PodToken received(String text, Instant received) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 3 || !text.chars().allMatch(PodToken::isOfToken)) {
      throw new IllegalArgumentException("no token in compact form");
    }
    try {
      JsonNode payload = JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
      return new PodToken(
          text,
          PodClaims.of(payload),
          JSON.readTree(Base64.getUrlDecoder().decode(parts[0])).path("kid").asString(""),
          received,
          Instant.ofEpochSecond(payload.path("exp").asLong(0)));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new IllegalArgumentException("a token that cannot be read", e);
    }
  }

  /// What may stand in a header as it is.
  private static boolean isOfToken(int c) {
    return c == '.' || c == '-' || c == '_' || (c < 0x80 && Character.isLetterOrDigit(c));
  }

  /// Whether a receiver that gets it now will find it valid.
  ///
  /// @param now Unix time in milliseconds
  public boolean isUsable(long now) {
    return now < expires.toEpochMilli() - LEAST_LEFT.toMillis();
  }

  /// From when on it is not sent any more.
  public Instant unusableFrom() {
    return expires.minus(LEAST_LEFT);
  }

  /// When it is to be replaced: at half its life, and up to a tenth of that before, so that the
  /// tokens of Pods that started together are not signed together for ever.
  public Instant renewal() {
    long half = LIFETIME.toMillis() / 2;
    long early = Math.floorMod(text.hashCode(), half / 10);
    return signed.plusMillis(half - early);
  }

  /// Nothing that could be used.
  @Override
  public String toString() {
    return claims.subject() + " for " + claims.audience() + " until " + expires;
  }
}
