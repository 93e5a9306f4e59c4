package io.podstamp.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.podstamp.cni.JsonText;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Our entry in the list of plugins: what `io.podstamp.cni.NetConf` reads of it, and the wish for
/// the Pod's annotations.
///
/// @param socket where the agent listens, as the host names it
/// @param strictNamespaces the agent's list of them, as the host names it
/// @param closed whether Pods wait while the agent is away
public record ChainEntry(Path socket, Path strictNamespaces, boolean closed) {
  /// The name of the plugin's executable.
  static final String TYPE = "podstamp";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// One line of JSON.
  byte[] json() {
    StringBuilder json = new StringBuilder("{ \"type\": \"" + TYPE + "\", \"socket\": ");
    JsonText.quote(json, socket.toString());
    json.append(", \"onAgentDown\": \"").append(closed ? "closed" : "open");
    json.append("\", \"strictNamespaces\": ");
    JsonText.quote(json, strictNamespaces.toString());
    json.append(", \"capabilities\": { \"io.kubernetes.cri.pod-annotations\": true } }");
    return json.toString().getBytes(UTF_8);
  }

  /// Whether an entry says the same. Its text may differ: agents that read and write the whole file
  /// order and indent it their way, and are not to be fought for that.
  boolean isSaidBy(JsonSpan entry) {
    try {
      return JSON.readTree(json()).equals(JSON.readTree(entry.toString()));
    } catch (JacksonException e) {
      return false; // a number beyond Jackson's limits: nothing that we write
    }
  }
}
