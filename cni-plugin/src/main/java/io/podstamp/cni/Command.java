package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.BROKEN_ATTACHMENT;
import static io.podstamp.cni.CniErrorCode.DECODING_FAILURE;
import static io.podstamp.cni.CniErrorCode.INCOMPATIBLE_VERSION;
import static io.podstamp.cni.CniErrorCode.INVALID_ENVIRONMENT;

import java.util.Map;

/// What a runtime can ask of a plugin (`CNI_COMMAND`).
public enum Command {
  ADD(CniVersion.V0_3_0),
  DEL(CniVersion.V0_3_0),
  CHECK(CniVersion.V0_4_0),
  GC(CniVersion.V1_1_0),
  STATUS(CniVersion.V1_1_0),
  VERSION(CniVersion.V0_3_0);

  private final CniVersion since;

  Command(CniVersion since) {
    this.since = since;
  }

  /// The first version of the specification that has it.
  public CniVersion since() {
    return since;
  }

  /// Reads `CNI_COMMAND`.
  ///
  /// @throws CniException code 4, when it is missing or unknown
  public static Command in(Map<String, String> environment) throws CniException {
    String text = environment.getOrDefault("CNI_COMMAND", "");
    for (Command command : values()) {
      if (command.name().equals(text)) {
        return command;
      }
    }
    throw new CniException(
        INVALID_ENVIRONMENT,
        text.isEmpty()
            ? "CNI_COMMAND: missing"
            : "CNI_COMMAND: " + text + " (expected: ADD, DEL, CHECK, GC, STATUS or VERSION)",
        "this program is a CNI plugin; a container runtime calls it");
  }

  /// Whether a problem of this kind may fail the command. A DEL that fails wedges the teardown of a
  /// Pod, a STATUS that fails makes the Node NotReady, a CHECK that fails has CRI-O kill the Pod:
  /// none is worth it for a mistake in our own configuration.
  public boolean failsOn(CniErrorCode problem) {
    return switch (this) {
      case ADD, VERSION -> true;
      case DEL -> problem == INVALID_ENVIRONMENT;
      case CHECK, GC, STATUS ->
          problem == INVALID_ENVIRONMENT
              || problem == INCOMPATIBLE_VERSION
              || problem == DECODING_FAILURE
              || problem == BROKEN_ATTACHMENT;
    };
  }
}
