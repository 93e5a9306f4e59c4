package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.DECODING_FAILURE;
import static io.podstamp.cni.CniErrorCode.INCOMPATIBLE_VERSION;
import static io.podstamp.cni.CniErrorCode.INVALID_CONFIG;

import io.podstamp.wire.Reply;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The network configuration: our entry of the conflist, with what the runtime added. CNI spec
/// 1.1.0, section 1, "Plugin configuration objects" and section 4, "Deriving execution
/// configuration from plugin configuration".
///
/// @param name of the network
/// @param type our name in the conflist, null when the runtime left it out
/// @param prevResult what the plugins before us made; an object
/// @param runtimeConfig capabilities, such as the Pod's annotations; an object
/// @param socket where the agent listens
/// @param agentDown what to do when it does not answer
/// @param validAttachments for GC: an array of `{"containerID", "ifname"}`
public record NetConf(
    CniVersion cniVersion,
    String name,
    @Nullable String type,
    @Nullable RawJson prevResult,
    @Nullable RawJson runtimeConfig,
    Path socket,
    AgentDownPolicy agentDown,
    @Nullable RawJson validAttachments) {
  /// Where the agent listens unless the configuration says otherwise.
  public static final String DEFAULT_SOCKET = "/run/podstamp/cni.sock";

  private static final String ATTACHMENTS = "cni.dev/valid-attachments";

  /// An early text of specification 1.1.0 named it so; libcni sends both.
  private static final String ATTACHMENTS_MISNAMED = "cni.dev/attachments";

  private static final List<String> KEYS =
      List.of(
          "cniVersion",
          "name",
          "type",
          "prevResult",
          "runtimeConfig",
          "socket",
          "onAgentDown",
          "strictNamespaces",
          "agentNamespace",
          ATTACHMENTS,
          ATTACHMENTS_MISNAMED);

  /// Reads the object that the runtime gives on stdin. Unknown members are tolerated, `null` is
  /// absent.
  ///
  /// @throws CniException code 6 for text that is not a JSON object or has one of our keys twice, 1
  ///   for a version that podstamp does not speak, 7 for all wrong values together
  public static NetConf parse(byte[] stdin) throws CniException {
    Reader reader = new Reader(members(stdin));
    CniVersion version = version(reader);
    String name = reader.text("name");
    if (name == null) {
      reader.problems.add("name: missing (expected: the name of the network)");
      name = "";
    } else if (!CniName.isIdentifier(name)) {
      reader.problems.add("name: " + name + " (expected: " + CniName.IDENTIFIER + ")");
    }
    Path socket = reader.path("socket");
    RawJson attachments = reader.array(ATTACHMENTS);
    NetConf conf =
        new NetConf(
            version,
            name,
            reader.text("type"),
            reader.object("prevResult"),
            reader.object("runtimeConfig"),
            socket == null ? Path.of(DEFAULT_SOCKET) : socket,
            new AgentDownPolicy(
                reader.onAgentDown(),
                reader.path("strictNamespaces"),
                reader.text("agentNamespace")),
            attachments == null ? reader.array(ATTACHMENTS_MISNAMED) : attachments);
    if (!reader.problems.isEmpty()) {
      throw new CniException(INVALID_CONFIG, String.join("; ", reader.problems));
    }
    return conf;
  }

  /// The version to answer in, when [#parse] has thrown: the request's if it says one that we
  /// speak, else the newest.
  public static CniVersion versionOf(byte[] stdin) {
    try {
      return version(new Reader(members(stdin)));
    } catch (CniException e) {
      return CniVersion.NEWEST;
    }
  }

  /// Refuses a command that the version of this configuration does not have yet.
  ///
  /// @throws CniException code 1
  public void requireHas(Command command) throws CniException {
    if (cniVersion.compareTo(command.since()) < 0) {
      throw new CniException(
          INCOMPATIBLE_VERSION,
          "cniVersion: " + cniVersion + " (expected: " + command.since() + " or later)",
          command + " does not exist before");
    }
  }

  /// ADD's success: the result of the plugin before us, byte for byte.
  ///
  /// @throws CniException code 7, when there is none
  public Reply passThrough() throws CniException {
    if (prevResult == null) {
      throw new CniException(
          INVALID_CONFIG,
          "prevResult: missing (expected: podstamp must be called as a chained plugin)",
          "maybe podstamp stands first in the conflist");
    }
    return Reply.success(prevResult.bytes());
  }

  private static JsonMembers members(byte[] stdin) throws CniException {
    try {
      return JsonMembers.scan(stdin, KEYS);
    } catch (JsonScanner.SyntaxException e) {
      throw new CniException(DECODING_FAILURE, "network configuration: " + e.getMessage(), "", e);
    }
  }

  private static CniVersion version(Reader reader) throws CniException {
    RawJson value = reader.members.get("cniVersion");
    CniVersion version = value == null || !value.isString() ? null : CniVersion.of(value.string());
    if (version == null) {
      String found =
          value == null ? "missing" : value.isString() ? value.string() : value.toString();
      throw new CniException(
          INCOMPATIBLE_VERSION,
          "cniVersion: " + found + " (expected: " + CniVersion.EXPECTED + ")");
    }
    return version;
  }

  /// Gives members as what they should be, and notes those that are not.
  private record Reader(JsonMembers members, List<String> problems) {
    Reader(JsonMembers members) {
      this(members, new ArrayList<>());
    }

    @Nullable RawJson object(String key) {
      RawJson value = members.get(key);
      return value == null || value.isObject() ? value : wrong(key, "an object");
    }

    @Nullable RawJson array(String key) {
      RawJson value = members.get(key);
      return value == null || value.isArray() ? value : wrong(key, "an array");
    }

    @Nullable String text(String key) {
      RawJson value = members.get(key);
      if (value == null || value.isString()) {
        return value == null ? null : value.string();
      }
      wrong(key, "a string");
      return null;
    }

    @Nullable Path path(String key) {
      String text = text(key);
      if (text == null) {
        return null;
      }
      try {
        Path path = Path.of(text);
        if (path.isAbsolute()) {
          return path;
        }
      } catch (InvalidPathException e) {
        // Said below, like any other text that is no path.
      }
      problems.add(key + ": " + text + " (expected: an absolute path)");
      return null;
    }

    AgentDownPolicy.Setting onAgentDown() {
      String text = text("onAgentDown");
      if (text != null && !text.equals("open") && !text.equals("closed")) {
        problems.add("onAgentDown: " + text + " (expected: open or closed)");
      }
      return "closed".equals(text) ? AgentDownPolicy.Setting.CLOSED : AgentDownPolicy.Setting.OPEN;
    }

    private @Nullable RawJson wrong(String key, String expected) {
      problems.add(key + ": " + members.get(key) + " (expected: " + expected + ")");
      return null;
    }
  }
}
