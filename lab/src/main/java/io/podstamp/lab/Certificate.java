package io.podstamp.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/// A key and a certificate that nobody signed, in one PEM file: what a server of TLS needs.
public final class Certificate {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private Certificate() {}

  /// Makes them, with the keytool of this JDK.
  public static void write(Path pem) {
    Path store = pem.resolveSibling("keys.p12");
    try {
      Files.createDirectories(pem.toAbsolutePath().getParent());
      Files.deleteIfExists(store);
      Run.ok(
          Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
          "-genkeypair",
          "-alias",
          "server",
          "-keyalg",
          "EC",
          "-groupname",
          "secp256r1",
          "-dname",
          "CN=gateway",
          "-storetype",
          "PKCS12",
          "-storepass",
          new String(PASSWORD),
          "-keystore",
          store.toString());
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD);
      }
      Files.writeString(
          pem,
          block("CERTIFICATE", keys.getCertificate("server").getEncoded())
              + block("PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("certificate: " + e.getMessage(), e);
    }
  }

  private static String block(String name, byte[] bytes) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(name, LINES.encodeToString(bytes));
  }
}
