package io.podstamp.signer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Objects;

/// A certificate that is its own authority, as a Secret of type `kubernetes.io/tls` has it; made
/// with the keytool of this JDK.
public final class TestCertificate {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private TestCertificate() {}

  /// Writes `tls.crt` and `tls.key`.
  public static void write(Path folder, String subjectAlternativeName) throws Exception {
    Path store = Files.createDirectories(folder).resolve("store.p12");
    Files.deleteIfExists(store);
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "signer",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=signer",
                "-ext",
                "SAN=" + subjectAlternativeName,
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
    copy(store, folder);
    Files.delete(store);
  }

  private static void copy(Path store, Path folder) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Files.writeString(
        folder.resolve("tls.crt"),
        block("CERTIFICATE", keys.getCertificate("signer").getEncoded()));
    Files.writeString(
        folder.resolve("tls.key"),
        block("PRIVATE KEY", Objects.requireNonNull(keys.getKey("signer", PASSWORD)).getEncoded()));
  }

  private static String block(String name, byte[] bytes) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(name, LINES.encodeToString(bytes));
  }
}
