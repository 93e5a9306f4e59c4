package io.podstamp.signing;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.podstamp.config.TokenSource;
import io.podstamp.token.SignerMessages;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Asks the signer, one request at a time. The agent shows its ServiceAccount token; the signer has
/// to have a certificate of `ca.crt` with its host's name.
public final class SignerConnection implements RemoteSigner.Asking {
  private static final Duration LONGEST_CONNECT = Duration.ofSeconds(2);
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);
  private static final int LONGEST_REASON = 300;

  private byte[] authority = new byte[0];
  private @Nullable HttpClient client;

  @Override
  public List<SignerMessages.Answer> ask(
      TokenSource.OfSigner signer, List<SignerMessages.Wanted> wanted) throws SigningException {
    String name = "signer " + signer.url().getAuthority();
    try {
      HttpResponse<byte[]> response =
          client(signer.folder().resolve("ca.crt"))
              .send(request(signer, wanted), BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new SigningException(
            "%s: %d %s".formatted(name, response.statusCode(), line(response.body())), null);
      }
      List<SignerMessages.Answer> answers = SignerMessages.readAnswer(response.body());
      if (answers.size() != wanted.size()) {
        throw new SigningException(
            "%s: %d answers to %d questions".formatted(name, answers.size(), wanted.size()), null);
      }
      return answers;
    } catch (IllegalArgumentException e) {
      throw new SigningException(name + ": an answer with " + e.getMessage(), e);
    } catch (SSLException e) {
      forget();
      throw new SigningException(
          name + ": its certificate is not one of ca.crt for that name: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SigningException(name + ": no answer: " + reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SigningException("interrupted", e);
    }
  }

  /// Exceptions of connections often have no message.
  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String line(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String printable = text.replaceAll("\\p{Cntrl}", " ");
    return printable.length() <= LONGEST_REASON
        ? printable
        : printable.substring(0, LONGEST_REASON) + "…";
  }

  private static HttpRequest request(
      TokenSource.OfSigner signer, List<SignerMessages.Wanted> wanted) throws SigningException {
    URI uri = signer.url().resolve(SignerMessages.PATH);
    String token = new String(read(signer.folder().resolve("token")), StandardCharsets.US_ASCII);
    return HttpRequest.newBuilder(uri)
        .timeout(LONGEST_ANSWER)
        .header("Authorization", "Bearer " + token.strip())
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(SignerMessages.request(wanted)))
        .build();
  }

  /// Made anew when the authority is another one.
  private HttpClient client(Path file) throws SigningException {
    byte[] now = read(file);
    HttpClient before = client;
    if (before != null && Arrays.equals(now, authority)) {
      return before;
    }
    HttpClient made =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LONGEST_CONNECT)
            .executor(Thread::startVirtualThread)
            .sslContext(trusting(file, now))
            .build();
    forget();
    authority = now;
    client = made;
    return made;
  }

  private void forget() {
    HttpClient before = client;
    client = null;
    if (before != null) {
      before.shutdown();
    }
  }

  private static SSLContext trusting(Path file, byte[] pem) throws SigningException {
    try {
      return ((JdkSslContext)
              SslContextBuilder.forClient()
                  .sslProvider(SslProvider.JDK)
                  .trustManager(new ByteArrayInputStream(pem))
                  .build())
          .context();
    } catch (SSLException | IllegalArgumentException e) {
      throw new SigningException(file + ": no certificate (expected: PEM, the signer's CA)", e);
    }
  }

  private static byte[] read(Path file) throws SigningException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new SigningException(
          file + ": no such file (expected: what the overlay signer mounts there)", e);
    } catch (IOException e) {
      throw new SigningException(file + ": cannot be read: " + e, e);
    }
  }

  @Override
  public void close() {
    forget();
  }
}
