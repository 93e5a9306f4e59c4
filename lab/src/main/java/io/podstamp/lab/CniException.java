package io.podstamp.lab;

import tools.jackson.databind.JsonNode;

/// A plugin's refusal, as the CNI specification words it (section 5, "Error").
public final class CniException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int code;

  CniException(String plugin, String command, Run run, JsonNode error) {
    super(
        plugin
            + " "
            + command
            + ": code "
            + error.path("code").asInt(-1)
            + ", "
            + error.path("msg").asString(run.out())
            + " "
            + error.path("details").asString("")
            + run.err());
    this.code = error.path("code").asInt(-1);
  }

  public int code() {
    return code;
  }
}
