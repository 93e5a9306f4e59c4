package io.podstamp.differential.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads what programs wrote of the requests they saw.
final class SeenFiles {
  private static final JsonMapper JSON = JsonMapper.shared();

  private SeenFiles() {}

  /// `{"client":…,"method":…,"target":…,"headers":[name,value,…]}`, one a line.
  static List<SeenRequest> jsonLines(Path home) throws IOException {
    return lines(home).map(SeenFiles::request).toList();
  }

  /// The same with a status, since nginx logs what it refused, too; and with an empty value for a
  /// header that was not there.
  static List<SeenRequest> nginxLog(Path home) throws IOException {
    return lines(home)
        .filter(json -> json.get("status").asInt() == 200)
        .map(SeenFiles::request)
        .map(
            request ->
                new SeenRequest(
                    request.client(),
                    request.method(),
                    request.target(),
                    request.headers().stream().filter(h -> !h.value().isEmpty()).toList()))
        .toList();
  }

  private static Stream<JsonNode> lines(Path home) throws IOException {
    Path file = home.resolve("seen.json");
    return Files.exists(file)
        ? Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream().map(JSON::readTree)
        : Stream.of();
  }

  private static SeenRequest request(JsonNode json) {
    List<String> headers = new ArrayList<>();
    json.get("headers").forEach(text -> headers.add(text.asString()));
    return new SeenRequest(
        InetAddress.ofLiteral(json.get("client").asString()),
        json.get("method").asString(),
        json.get("target").asString(),
        SeenRequest.headers(headers));
  }

  /// Files of `NAME=value` entries, each ended by NUL; an empty entry begins another request.
  static List<SeenRequest> cgiEnvironments(Path home) throws IOException {
    List<SeenRequest> seen = new ArrayList<>();
    try (Stream<Path> files = Files.list(home.resolve("cgi/seen"))) {
      for (Path file : files.toList()) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String entry : Files.readString(file, StandardCharsets.ISO_8859_1).split("\0", 0)) {
          int equals = entry.indexOf('=');
          if (equals > 0) {
            environment.put(entry.substring(0, equals), entry.substring(equals + 1));
          } else if (!environment.isEmpty()) {
            seen.add(request(environment));
            environment.clear();
          }
        }
        if (!environment.isEmpty()) {
          seen.add(request(environment));
        }
      }
    }
    return seen;
  }

  private static SeenRequest request(Map<String, String> environment) {
    return new SeenRequest(
        InetAddress.ofLiteral(Objects.requireNonNull(environment.get("REMOTE_ADDR"))),
        environment.getOrDefault("REQUEST_METHOD", ""),
        environment.getOrDefault("REQUEST_URI", ""),
        environment.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("HTTP_"))
            .map(e -> new SeenRequest.Header(e.getKey().substring("HTTP_".length()), e.getValue()))
            .toList());
  }
}
