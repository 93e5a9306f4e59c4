package io.podstamp.lab;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A program that uses the JDK's HttpClient as most people do: it prefers HTTP/2, so it offers
/// `Upgrade: h2c` with each request. Prints what came back, a line each. Argument: the beginning of
/// the URL.
final class JdkClient {
  private JdkClient() {}

  public static void main(String[] arguments) throws Exception {
    URI server = URI.create(arguments[0]);
    try (HttpClient client = HttpClient.newHttpClient()) {
      tell(client, HttpRequest.newBuilder(server.resolve("/download/1/jdk")));
      byte[] mebibyte = "podstamp".repeat(1 << 17).getBytes(StandardCharsets.US_ASCII);
      BodyPublisher chunked =
          BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(mebibyte));
      HttpRequest.Builder upload = HttpRequest.newBuilder(server.resolve("/upload/jdk"));
      tell(client, upload.copy().POST(BodyPublishers.ofByteArray(mebibyte)));
      tell(client, upload.copy().PUT(chunked));
      tell(client, upload.copy().POST(BodyPublishers.ofByteArray(mebibyte)).expectContinue(true));
    }
  }

  private static void tell(HttpClient client, HttpRequest.Builder request) throws Exception {
    HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
    System.out.printf(
        "%s %d %d %s%n",
        answer.version(),
        answer.statusCode(),
        answer.body().length,
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(answer.body())));
  }
}
