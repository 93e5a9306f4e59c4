package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Which Pods may start while the agent does not answer: those let through are adopted by the agent
/// once it is up.
///
/// @param strictNamespaces a file that the agent keeps, one namespace a line: their Pods must not
///   run unstamped, whatever the setting
/// @param agentNamespace where the agent's own Pod lives; it must start for anything to get better
public record AgentDownPolicy(
    Setting setting, @Nullable Path strictNamespaces, @Nullable String agentNamespace) {
  /// The operator's choice (`onAgentDown`).
  public enum Setting {
    /// Pods start unstamped.
    OPEN,
    /// Pods wait for the agent.
    CLOSED
  }

  /// A node has some hundred namespaces of at most 63 bytes: 1 MiB is ample.
  private static final int MAX_FILE = 1 << 20;

  /// Why Pods of a namespace must wait, or null when they may start.
  ///
  /// @param namespace null when the runtime did not say
  @Nullable String refusal(@Nullable String namespace) {
    if (namespace != null && namespace.equals(agentNamespace)) {
      return null;
    }
    if (setting == Setting.CLOSED) {
      return "onAgentDown is closed";
    }
    if (namespace != null && isStrict(namespace)) {
      return "namespace " + namespace + " has profile strict";
    }
    return null;
  }

  /// A file that cannot be read lists nobody: only `open` gets here, and it means what it says.
  private boolean isStrict(String namespace) {
    if (strictNamespaces == null) {
      return false;
    }
    try (InputStream file = Files.newInputStream(strictNamespaces)) {
      String lines = "\n" + new String(file.readNBytes(MAX_FILE), UTF_8).replace('\r', '\n') + "\n";
      return lines.contains("\n" + namespace + "\n");
    } catch (IOException e) {
      return false;
    }
  }
}
