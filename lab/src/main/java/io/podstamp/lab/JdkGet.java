package io.podstamp.lab;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// One GET by the JDK's HttpClient, as a process of its own: says how it ended and after how many
/// milliseconds, without the JVM's start.
public final class JdkGet {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private JdkGet() {}

  /// Arguments: the URL, and one that answers: its request loads the classes and is not measured.
  public static void main(String[] arguments) throws InterruptedException {
    HttpRequest request = request(arguments[0]);
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build()) {
      outcome(client, request(arguments[1]));
      long began = System.nanoTime();
      String end = outcome(client, request);
      System.out.println(end + "\t" + (System.nanoTime() - began) / NANOS_PER_MILLI);
    }
  }

  private static HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(6)).build();
  }

  private static String outcome(HttpClient client, HttpRequest request)
      throws InterruptedException {
    try {
      return "HTTP " + client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return told(e);
    }
  }

  private static String told(IOException failure) {
    StringBuilder text = new StringBuilder(failure.getClass().getSimpleName());
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && text.indexOf(message) < 0) {
        text.append(": ").append(message);
      }
    }
    return text.toString();
  }
}
