package io.podstamp.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A gRPC call as its server saw it.
///
/// @param hostname every `x-client-hostname`, with commas; `-` if there was none
/// @param forwardedFor every `x-forwarded-for`, likewise
record GrpcRequest(String path, String hostname, String forwardedFor) {
  private static final Pattern LINE_OF_GRPC_JAVA =
      Pattern.compile("(?m)^(/lab\\.Echo/\\S+) (\\S+) (\\S+)$");

  private static final Pattern FIELD_OF_NGHTTPD =
      Pattern.compile("(?m)^(\\[id=\\d+]) .* recv \\((stream_id=\\d+)[^)]*\\) (\\S+): (.*)$");

  /// What [GrpcServerProgram] printed.
  static List<GrpcRequest> ofGrpcJava(String log) {
    return LINE_OF_GRPC_JAVA
        .matcher(log)
        .results()
        .map(line -> new GrpcRequest(line.group(1), line.group(2), line.group(3)))
        .toList();
  }

  /// What `nghttpd -v` printed: a line for each field, those of several requests mixed.
  static List<GrpcRequest> ofNghttpd(String log) {
    Map<String, Map<String, String>> requests = new LinkedHashMap<>();
    for (MatchResult field : FIELD_OF_NGHTTPD.matcher(log).results().toList()) {
      requests
          .computeIfAbsent(field.group(1) + field.group(2), _ -> new TreeMap<>())
          .merge(field.group(3), field.group(4), (one, other) -> one + "," + other);
    }
    List<GrpcRequest> seen = new ArrayList<>();
    for (Map<String, String> fields : requests.values()) {
      seen.add(
          new GrpcRequest(
              fields.getOrDefault(":path", "-"),
              fields.getOrDefault("x-client-hostname", "-"),
              fields.getOrDefault("x-forwarded-for", "-")));
    }
    return seen;
  }
}
