package io.podstamp.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;

/// `/`: the Pods of the node for a browser, on one page that loads nothing but `/pods` and
/// `/process`. The browser is told to run the one script that is in it and no other.
public final class StatusPage implements AdminServer.Page {
  private static final String HTML = read();

  private static final String POLICY =
      "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'; img-src data:; script-src "
          + hashOf("script")
          + "; style-src "
          + hashOf("style");

  @Override
  public AdminServer.Answer answer() {
    return new AdminServer.Answer(
        200,
        "text/html; charset=utf-8",
        HTML.getBytes(StandardCharsets.UTF_8),
        Map.of("Content-Security-Policy", POLICY, "Referrer-Policy", "no-referrer"));
  }

  /// As Content Security Policy names inline content (CSP level 2, section 4.2.5).
  private static String hashOf(String element) {
    int begin = HTML.indexOf("<" + element + ">") + element.length() + 2;
    String content = HTML.substring(begin, HTML.indexOf("</" + element + ">", begin));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static String read() {
    try (InputStream in =
        Objects.requireNonNull(StatusPage.class.getResourceAsStream("status.html"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
