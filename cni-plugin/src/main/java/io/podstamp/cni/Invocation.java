package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.INVALID_ENVIRONMENT;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One call by a runtime, as the `CNI_*` variables describe it. CNI spec 1.1.0, section 2,
/// "Parameters".
public sealed interface Invocation {
  /// A container joins the network.
  ///
  /// @param containerId the sandbox, as the runtime names it
  /// @param netns path of the network namespace
  /// @param ifname the interface inside it, usually `eth0`
  record Add(String containerId, String netns, String ifname, CniArgs args) implements Invocation {
    @Override
    public Command command() {
      return Command.ADD;
    }
  }

  /// Is it still as ADD left it?
  record Check(String containerId, String netns, String ifname, CniArgs args)
      implements Invocation {
    @Override
    public Command command() {
      return Command.CHECK;
    }
  }

  /// A container leaves, or has left, or was never there.
  ///
  /// @param netns null when it is gone already
  record Del(String containerId, @Nullable String netns, String ifname) implements Invocation {
    @Override
    public Command command() {
      return Command.DEL;
    }
  }

  /// Whatever is not in [NetConf#validAttachments] may be cleaned up.
  record Gc() implements Invocation {
    @Override
    public Command command() {
      return Command.GC;
    }
  }

  /// Could an ADD be served?
  record Status() implements Invocation {
    @Override
    public Command command() {
      return Command.STATUS;
    }
  }

  /// The verb.
  Command command();

  /// The Pod, for the verbs that must know it; DEL goes by the container id alone, so that
  /// arguments that ADD refused do not stop the cleaning up.
  default CniArgs args() {
    return CniArgs.NONE;
  }

  /// Reads the variables.
  ///
  /// @throws CniException code 4, naming all that is missing or wrong; also for VERSION, which the
  ///   plugin answers by itself
  static Invocation parse(Map<String, String> environment) throws CniException {
    Command command = Command.in(environment);
    List<String> problems = new ArrayList<>();
    String containerId = environment.getOrDefault("CNI_CONTAINERID", "");
    String netns = environment.getOrDefault("CNI_NETNS", "");
    String ifname = environment.getOrDefault("CNI_IFNAME", "");
    boolean ofContainer =
        command == Command.ADD || command == Command.CHECK || command == Command.DEL;
    if (ofContainer && containerId.isEmpty()) {
      problems.add("CNI_CONTAINERID: missing");
    } else if (ofContainer && !CniName.isIdentifier(containerId)) {
      problems.add("CNI_CONTAINERID: " + containerId + " (expected: " + CniName.IDENTIFIER + ")");
    }
    if (ofContainer && command != Command.DEL && netns.isEmpty()) {
      problems.add("CNI_NETNS: missing");
    }
    if (ofContainer && ifname.isEmpty()) {
      problems.add("CNI_IFNAME: missing");
    } else if (ofContainer && !CniName.isInterface(ifname)) {
      problems.add("CNI_IFNAME: " + ifname + " (expected: " + CniName.INTERFACE + ")");
    }
    if (command == Command.GC && environment.getOrDefault("CNI_PATH", "").isEmpty()) {
      problems.add("CNI_PATH: missing");
    }
    if (!problems.isEmpty()) {
      throw new CniException(INVALID_ENVIRONMENT, String.join("; ", problems));
    }
    String args = environment.getOrDefault("CNI_ARGS", "");
    return switch (command) {
      case ADD -> new Add(containerId, netns, ifname, CniArgs.parse(args));
      case CHECK -> new Check(containerId, netns, ifname, CniArgs.parse(args));
      case DEL -> new Del(containerId, netns.isEmpty() ? null : netns, ifname);
      case GC -> new Gc();
      case STATUS -> new Status();
      case VERSION ->
          throw new CniException(
              INVALID_ENVIRONMENT,
              "CNI_COMMAND: VERSION (expected: a verb that needs a network configuration)");
    };
  }
}
