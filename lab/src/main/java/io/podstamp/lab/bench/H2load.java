package io.podstamp.lab.bench;

import io.podstamp.lab.Netns;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// nghttp2's load generator for HTTP/2: each stream sends as soon as it has its answer.
///
/// @param streams at once on each connection
record H2load(int connections, int streams) {
  private static final Pattern SECONDS = Pattern.compile("finished in ([0-9.]+)(s|ms),");
  private static final Pattern REQUESTS =
      Pattern.compile("(\\d+) done, (\\d+) succeeded, (\\d+) failed, (\\d+) errored");

  /// What one run of it tells.
  ///
  /// @param failures connections that broke, and answers that were not 200
  record Told(long requests, double seconds, long failures) {

    /// @param out all that it wrote
    static Told parse(String out) {
      Matcher seconds = SECONDS.matcher(out);
      Matcher requests = REQUESTS.matcher(out);
      if (!seconds.find() || !requests.find()) {
        throw new IllegalStateException("h2load: " + out);
      }
      double unit = seconds.group(2).equals("s") ? 1 : 1e-3;
      return new Told(
          Long.parseLong(requests.group(2)),
          Double.parseDouble(seconds.group(1)) * unit,
          Long.parseLong(requests.group(1)) - Long.parseLong(requests.group(2)));
    }

    double requestsPerSecond() {
      return requests / seconds;
    }

    /// @throws IllegalStateException if anything failed, or nothing happened
    Told orThrow() {
      if (failures > 0 || requests == 0) {
        throw new IllegalStateException(
            "%d requests answered, %d failed (expected: none failed)"
                .formatted(requests, failures));
      }
      return this;
    }
  }

  /// The command line that runs it in a netns.
  List<String> command(Netns netns, String url, int seconds) {
    return netns.inside(
        List.of("h2load", "-t1", "-c" + connections, "-m" + streams, "-D" + seconds, url));
  }
}
