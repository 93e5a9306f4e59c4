package io.podstamp.lab;

import java.nio.file.Path;

/// What an agent has for itself: two of them on one machine must not share any of it. Agents of
/// different Nodes leave each other's Pods alone.
///
/// @param node the name of the Node that it takes itself to be on
/// @param socket where the plugin finds it
/// @param state the folder of what outlives it
/// @param admin host and port
/// @param metrics host and port
public record AgentSeat(String node, Path socket, Path state, String admin, String metrics) {
  private static final Path RUN = Path.of("/run/podstamp");

  /// The one with the ports and paths that a DaemonSet uses.
  public static final AgentSeat FIRST =
      new AgentSeat(
          Node.NAME,
          RUN.resolve("cni.sock"),
          RUN.resolve("state"),
          "127.0.0.1:15911",
          "127.0.0.1:15912");
}
