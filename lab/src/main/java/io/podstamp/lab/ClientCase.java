package io.podstamp.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A program and what it is run against: an entry of `clients.txt`, of lines for bash.
///
/// @param server what serves, and stays in the foreground
/// @param client what runs in the Pods
/// @param ready succeeds once the server is ready; none if its open port is enough
/// @param version tells the program's version; empty for none
/// @param strict a phrase of the docs that says why profile strict differs; empty if it does not
record ClientCase(
    String name,
    int port,
    String server,
    String client,
    List<String> ready,
    String version,
    String strict) {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /// All entries, in their order. `== NAME` begins one, `key: value` is a part of it, and indented
  /// lines go on with it; `#` begins a comment at the margin.
  static List<ClientCase> all() {
    List<ClientCase> cases = new ArrayList<>();
    String name = "";
    String key = "";
    Map<String, String> parts = new TreeMap<>();
    for (String line :
        (Resource.text(ClientCase.class, "clients.txt") + "\n== \n").lines().toList()) {
      if (line.startsWith("== ")) {
        if (!name.isEmpty()) {
          cases.add(of(name, parts));
        }
        name = line.substring(3);
        parts = new TreeMap<>();
      } else if (line.startsWith("  ")) {
        parts.merge(key, "\n" + line.substring(2), String::concat);
      } else if (!line.startsWith("#") && !line.isEmpty()) {
        int colon = line.indexOf(':');
        key = line.substring(0, colon);
        parts.put(key, line.substring(colon + 1).strip());
      }
    }
    return cases;
  }

  private static ClientCase of(String name, Map<String, String> parts) {
    if (!parts.keySet().containsAll(List.of("port", "server", "client"))) {
      throw new IllegalStateException(
          name + ": " + parts.keySet() + " (expected: port, server, client)");
    }
    String ready = parts.getOrDefault("ready", "");
    return new ClientCase(
        name,
        Integer.parseInt(parts.getOrDefault("port", "")),
        parts.getOrDefault("server", ""),
        parts.getOrDefault("client", ""),
        ready.isEmpty() ? List.of() : List.of(ready),
        parts.getOrDefault("version", ""),
        parts.getOrDefault("strict", ""));
  }
}
