package io.podstamp.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One run of `grpc-js-client.js` against one server.
///
/// @param told what the client said of each check: `ok` or `failed`, then what came back
/// @param arrived what the server saw of it
record GrpcVisit(SequencedMap<String, String> told, List<GrpcRequest> arrived) {
  GrpcVisit {
    told = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(told));
    arrived = List.copyOf(arrived);
  }

  /// Of a client's run; how its process ended counts as one more check.
  static GrpcVisit of(Run client, List<GrpcRequest> arrived) {
    SequencedMap<String, String> told = new LinkedHashMap<>();
    client
        .out()
        .lines()
        .map(line -> line.split("\t", 2))
        .forEach(line -> told.put(line[0], line.length == 2 ? line[1] : "failed to say"));
    boolean isQuiet = client.isOk() && client.err().isEmpty();
    told.put(
        "end of the client",
        isQuiet ? "ok" : "failed with status %d: %s".formatted(client.status(), client.err()));
    return new GrpcVisit(told, arrived);
  }

  /// With one more check.
  GrpcVisit and(String check, boolean isRight, Object detail) {
    SequencedMap<String, String> more = new LinkedHashMap<>(told);
    more.put(check, (isRight ? "ok " : "failed ") + detail);
    return new GrpcVisit(more, arrived);
  }

  /// How often each method was called.
  Map<String, Long> calls() {
    return arrived.stream()
        .collect(Collectors.groupingBy(GrpcRequest::path, TreeMap::new, Collectors.counting()));
  }
}
