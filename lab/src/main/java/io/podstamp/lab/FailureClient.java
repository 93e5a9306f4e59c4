package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A client that is sent somewhere to see it fail. Each takes the addresses of the name in the
/// order given, gives a connection three seconds and the whole request six; Node's `http` knows
/// only one limit, of three.
enum FailureClient {
  CURL("curl") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      String resolved =
          addresses.stream()
              .map(address -> address.contains(":") ? "[" + address + "]" : address)
              .collect(Collectors.joining(","));
      Run run =
          pod.run(
              "curl",
              "-sSv",
              "-o",
              "/dev/null",
              "--noproxy",
              "*",
              "--connect-timeout",
              "3",
              "--max-time",
              "6",
              "--resolve",
              HOST + ":80:" + resolved,
              "-w",
              "%{http_code} %{time_total}",
              url);
      String[] told = run.out().strip().split(" ", 2);
      long millis = Math.round(Double.parseDouble(told[1]) * 1000);
      return run.isOk()
          ? new Outcome("HTTP " + told[0], millis)
          : new Outcome("exit %d: %s".formatted(run.status(), reason(run)), millis);
    }
  },

  /// With IPv6 addresses first, as the others have them; the JDK's own order is IPv4 first.
  JDK("JDK HttpClient") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      Path hosts = Lab.FOLDER.resolve("hosts-" + UUID.randomUUID());
      try {
        Files.write(hosts, addresses.stream().map(address -> address + " " + HOST).toList());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      List<String> options =
          List.of("-Djdk.net.hosts.file=" + hosts, "-Djava.net.preferIPv6Addresses=true");
      List<String> command = JavaProgram.command(JdkGet.class, options, List.of(), url, WARM_UP);
      return Outcome.parse(Run.of(pod.netns().inside(command)));
    }
  },

  NODE("Node http") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      List<String> command = new ArrayList<>(List.of("node", "-", url));
      command.addAll(addresses);
      return Outcome.parse(
          Run.of(
              new ProcessBuilder(pod.netns().inside(command)),
              Resource.text(FailureClient.class, "node-get.js")));
    }
  };

  /// The name that every destination has.
  static final String HOST = "shop.test";

  private static final String WARM_UP = "http://" + Node.OUTSIDE_ADDRESS + "/warm-up";

  private static final int CURL_COULD_NOT_CONNECT = 7;

  /// Its error message does not tell the errno; this line of `-v` does.
  private static final Pattern CONNECT_ERRNO =
      Pattern.compile("(?m)^\\* .*(?: failed| fail for [^ ]+): (.+)$");

  private static final Pattern CURL_ERROR =
      Pattern.compile(
          "(?m)^curl: \\(\\d+\\) (?:Failed to connect .*: )?(.+?)(?: after \\d+ milliseconds.*)?$");

  private final String title;

  FailureClient(String title) {
    this.title = title;
  }

  /// What came of a request.
  ///
  /// @param text `HTTP 200`, or the error in the client's own words
  record Outcome(String text, long millis) {
    private static final Pattern LINE = Pattern.compile("(.+)\t(\\d+)\\s*");

    static Outcome parse(Run run) {
      Matcher line = LINE.matcher(run.orThrow().out());
      if (!line.matches()) {
        throw new IllegalStateException(run + ": no outcome");
      }
      return new Outcome(line.group(1), Long.parseLong(line.group(2)));
    }

    boolean isAnswer() {
      return text.startsWith("HTTP ");
    }

    /// When the JDK's HttpClient meets a reset in writing, its reading side may tell first, and
    /// that side meets an end of input then: 3 of 100 plain servers' resets are told so.
    boolean isReset() {
      return text.contains("Connection reset")
          || text.contains("ECONNRESET")
          || text.contains("Broken pipe")
          || text.contains("received no bytes: EOF");
    }

    /// The JDK's HttpClient gives a refusal no message.
    boolean isRefused() {
      return text.contains("Connection refused")
          || text.contains("ECONNREFUSED")
          || text.equals("ConnectException");
    }

    boolean isUnreachable() {
      return text.contains("No route to host") || text.contains("EHOSTUNREACH");
    }

    boolean isTimeout() {
      return text.contains("timed out") || text.contains("imeout");
    }
  }

  /// As the table calls it.
  String title() {
    return title;
  }

  /// Sends one request from a Pod.
  ///
  /// @throws IllegalStateException if the client is not there or does not tell how it ended
  abstract Outcome get(LabPod pod, String url, List<String> addresses);

  private static String reason(Run curl) {
    Matcher errno = CONNECT_ERRNO.matcher(curl.err());
    if (curl.status() == CURL_COULD_NOT_CONNECT && errno.find()) {
      return errno.group(1);
    }
    Matcher error = CURL_ERROR.matcher(curl.err());
    if (!error.find()) {
      throw new IllegalStateException("curl: status " + curl.status() + "\n" + curl.err());
    }
    return error.group(1);
  }
}
