package io.podstamp.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A signed token as a receiver has it.
record Token(String text, JsonNode claims) {
  private static final Pattern LINE =
      Pattern.compile("X-Client-Identity: ([\\w-]+\\.([\\w-]+)\\.[\\w-]+)\\r\\n");

  /// A key as docs/identity.md has it made and published.
  record Key(Path file, PublicKey open) {
    /// Makes one, with OpenSSL.
    static Key make(Path folder, String podstamp) throws IOException {
      Path file = Files.createDirectories(folder).resolve("key.pem");
      Run.ok(
          "openssl",
          "genpkey",
          "-algorithm",
          "EC",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
          "-out",
          file.toString());
      String pem = Run.ok(podstamp, "jwks", "--key-file", file.toString(), "--pem");
      return new Key(file, open(pem));
    }

    /// One of which nobody here has the private half.
    static Key published(String pem) throws IOException {
      return new Key(Path.of("/nowhere"), open(pem));
    }

    private static PublicKey open(String pem) throws IOException {
      byte[] encoded = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]*-----", ""));
      try {
        return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
      } catch (GeneralSecurityException e) {
        throw new IOException(e);
      }
    }
  }

  /// The one in a request's head.
  static Token in(String head) {
    List<String> lines =
        head.lines()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("x-client-identity"))
            .toList();
    Matcher line = LINE.matcher(head);
    if (lines.size() != 1 || !line.find()) {
      throw new AssertionError("no token, or more than one:\n" + head);
    }
    byte[] claims = Base64.getUrlDecoder().decode(line.group(2));
    return new Token(
        line.group(1), JsonMapper.shared().readTree(new String(claims, StandardCharsets.UTF_8)));
  }

  boolean isSignedBy(Key key) {
    int dot = text.lastIndexOf('.');
    try {
      Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
      verifier.initVerify(key.open());
      verifier.update(text.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
      return verifier.verify(Base64.getUrlDecoder().decode(text.substring(dot + 1)));
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
