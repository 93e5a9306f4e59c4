package io.podstamp.cli;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// What an agent says of itself.
///
/// @param troubles sentences; empty when all is well
record AgentLook(String node, List<String> troubles) {
  /// Reads `/process`. An agent of an earlier release tells no troubles.
  static AgentLook of(JsonNode process) {
    return new AgentLook(
        Terminal.plain(process.at("/agent/node").asString("")),
        process.path("troubles").valueStream().map(JsonNode::asString).toList());
  }
}
