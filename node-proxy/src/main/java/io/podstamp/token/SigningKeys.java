package io.podstamp.token;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// The private keys of one file: the first signs, the others are published only, since they signed
/// before or will sign next.
public record SigningKeys(List<SigningKey> keys) {
  private static final String EXPECTED =
      " (expected: PEM with a private key of P-256, or of RSA with 2048 to 4096 bits, in PKCS #8, as"
          + " `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one)";
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// Each is in every JWKS, which receivers keep in memory.
  private static final int MOST = 8;

  public SigningKeys {
    keys = List.copyOf(keys);
  }

  /// Reads a PEM file's text. Blocks of other kinds, such as parameters and public keys, are passed
  /// over.
  ///
  /// @throws IllegalArgumentException with one sentence, which has nothing of the text
  public static SigningKeys parse(String pem) {
    List<SigningKey> keys = new ArrayList<>();
    Matcher block = BLOCK.matcher(pem);
    while (block.find()) {
      String kind = block.group(1);
      if (kind.equals("PRIVATE KEY")) {
        keys.add(key(block.group(2)));
      } else if (kind.endsWith("PRIVATE KEY")) {
        throw new IllegalArgumentException("a block " + kind + EXPECTED);
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no private key" + EXPECTED);
    }
    if (keys.size() > MOST) {
      throw new IllegalArgumentException(keys.size() + " private keys (expected: 8 at most)");
    }
    if (keys.stream().map(SigningKey::kid).distinct().count() < keys.size()) {
      throw new IllegalArgumentException("a private key twice (expected: each once)");
    }
    return new SigningKeys(keys);
  }

  private static SigningKey key(String base64) {
    byte[] pkcs8;
    try {
      pkcs8 = Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a block PRIVATE KEY that is not Base64" + EXPECTED, e);
    }
    try {
      return SigningKey.of(pkcs8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + EXPECTED, e);
    }
  }

  /// The one that signs.
  public SigningKey current() {
    return keys.getFirst();
  }

  /// The public keys as a JWK set (RFC 7517, section 5).
  public String jwks() {
    List<Map<String, String>> members = new ArrayList<>();
    for (SigningKey key : keys) {
      Map<String, String> jwk = new LinkedHashMap<>(key.publicJwk());
      jwk.put("alg", key.algorithm().name());
      jwk.put("kid", key.kid());
      jwk.put("use", "sig");
      members.add(jwk);
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of("keys", members)) + "\n";
  }

  /// The public keys in PEM, one after the other, the one that signs first.
  public String pem() {
    return keys.stream().map(SigningKey::publicPem).collect(Collectors.joining());
  }
}
