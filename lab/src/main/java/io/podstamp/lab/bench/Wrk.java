package io.podstamp.lab.bench;

import io.podstamp.lab.Lab;
import io.podstamp.lab.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Debian's wrk, a load generator: each connection sends as soon as it has its answer.
///
/// @param bodyBytes of a POST; 0 for a GET
/// @param depth requests that are sent at once
/// @param pauseMillis before each request
/// @param closing whether each request asks the server to close
record Wrk(int connections, int bodyBytes, int depth, int pauseMillis, boolean closing) {
  private static final String SCRIPT = "wrk.lua";

  static Wrk gets(int connections) {
    return new Wrk(connections, 0, 1, 0, false);
  }

  Wrk closingEach() {
    return new Wrk(connections, bodyBytes, depth, pauseMillis, true);
  }

  Wrk posting(int bytes) {
    return new Wrk(connections, bytes, depth, pauseMillis, closing);
  }

  Wrk pipelining(int requests) {
    return new Wrk(connections, bodyBytes, requests, pauseMillis, closing);
  }

  Wrk pausing(int millis) {
    return new Wrk(connections, bodyBytes, depth, millis, closing);
  }

  /// What one run of it tells.
  ///
  /// @param failures connections that broke, and answers that were not 200 or late
  /// @param errors the failures by their kind, in words
  record Told(
      long requests,
      double seconds,
      long failures,
      String errors,
      double p50,
      double p99,
      double p999) {

    /// @param out all that it wrote, the line of our script last
    static Told parse(String out) {
      JsonNode json = JsonMapper.shared().readTree(out.lines().toList().getLast());
      return new Told(
          json.get("requests").asLong(),
          json.get("micros").asLong() / 1e6,
          json.get("failures").asLong(),
          json.get("errors").asString(),
          json.get("p50").asDouble(),
          json.get("p99").asDouble(),
          json.get("p999").asDouble());
    }

    double requestsPerSecond() {
      return requests / seconds;
    }

    /// @throws IllegalStateException if anything failed, or nothing happened
    Told orThrow() {
      if (failures > 0 || requests == 0) {
        throw new IllegalStateException(
            "%d requests answered, %d failed: %s (expected: none failed)"
                .formatted(requests, failures, errors));
      }
      return this;
    }
  }

  /// The command line that runs it in a netns.
  List<String> command(Netns netns, String url, int seconds) {
    List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c" + connections));
    command.addAll(List.of("-d" + seconds, "-s", script().toString()));
    if (closing) {
      command.addAll(List.of("-H", "Connection: close"));
    }
    command.addAll(List.of(url, "--", "" + bodyBytes, "" + depth, "" + pauseMillis));
    return netns.inside(command);
  }

  private static Path script() {
    Path file = Lab.FOLDER.resolve(SCRIPT);
    try {
      return Files.exists(file) ? file : Files.writeString(file, new Template(SCRIPT).text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
