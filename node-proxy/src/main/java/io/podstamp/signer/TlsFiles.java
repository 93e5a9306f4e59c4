package io.podstamp.signer;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/// The certificate with which the signer shows who it is: a Secret of type `kubernetes.io/tls` that
/// is mounted as a folder, as cert-manager makes one or `kubectl create secret tls` does.
///
/// @param folder has `tls.crt`, `tls.key` (PKCS #8) and, if it is not its own authority, `ca.crt`
record TlsFiles(Path folder) {
  /// What is in them now; compared to see whether they have changed.
  record Content(String certificate, String key, String authority) {
    /// Nothing of the key.
    @Override
    public String toString() {
      return certificate;
    }
  }

  Content read() throws IOException {
    String certificate = text("tls.crt");
    Path authority = folder.resolve("ca.crt");
    return new Content(
        certificate, text("tls.key"), Files.isReadable(authority) ? text("ca.crt") : certificate);
  }

  private String text(String name) throws IOException {
    Path file = folder.resolve(name);
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IOException(
          file + ": no such file (expected: PEM, of a Secret of type kubernetes.io/tls)", e);
    } catch (IOException e) {
      throw new IOException(file + ": cannot be read: " + e, e);
    }
  }

  /// For a server.
  SSLContext context(Content content) throws IOException {
    try {
      return ((JdkSslContext)
              SslContextBuilder.forServer(bytes(content.certificate), bytes(content.key))
                  .sslProvider(SslProvider.JDK)
                  .build())
          .context();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException(
          "%s: tls.crt and tls.key cannot be used (expected: a certificate and its private key, in PKCS #8): %s"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static ByteArrayInputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
