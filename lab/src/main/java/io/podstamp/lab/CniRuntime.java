package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A container runtime's view of a CNI network: a small libcni, by the CNI specification 1.1.0,
/// section 2 (verbs), 4 (deriving execution configuration) and 5 (plugins are run one after the
/// other, DEL backwards).
///
/// @param conflist the network configuration list, as it lies in /etc/cni/net.d
/// @param path the folders with the plugins' executables
/// @param cache where the results of ADD are kept for DEL
public record CniRuntime(ObjectNode conflist, List<Path> path, Path cache) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Where libcni keeps its results, below a folder of the runtime's.
  static final String RESULTS = "results";

  private static final Path DEBIAN_PLUGINS = Path.of("/usr/lib/cni");
  private static final String IFNAME = "eth0";
  private static final String PODSTAMP = "podstamp";

  /// The newest version of the specification that Debian's plugins know.
  private static final String OF_DEBIAN_PLUGINS = "1.0.0";

  /// The primary network that most small clusters have: a bridge, addresses from a file, port
  /// mappings. Dual stack. The masquerade is the Node's.
  public static CniRuntime bridge(Path folder) {
    String conflist =
        """
        { "cniVersion": "1.0.0", "name": "podnet", "plugins": [
            { "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "capabilities": {"ips": true},
              "ipam": { "type": "host-local", "dataDir": "%s",
                        "ranges": [[{"subnet": "%s", "rangeEnd": "10.244.1.249"}], [{"subnet": "%s"}]],
                        "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}] } },
            { "type": "portmap", "capabilities": {"portMappings": true}, "snat": false } ] }
        """
            .formatted(folder.resolve("ipam"), Node.POD_SUBNET, Node.POD_SUBNET_V6);
    return new CniRuntime(
        (ObjectNode) JSON.readTree(conflist), List.of(DEBIAN_PLUGINS), folder.resolve(RESULTS));
  }

  /// The same network with podstamp behind the primary plugins.
  ///
  /// @param bin the folder with podstamp's executable
  /// @param socket where its agent listens
  public CniRuntime withPodstamp(Path bin, Path socket) {
    ObjectNode chained = conflist.deepCopy();
    ObjectNode podstamp = ((ArrayNode) chained.get("plugins")).addObject();
    podstamp
        .put("type", PODSTAMP)
        .put("socket", socket.toString())
        .put("onAgentDown", "open")
        .put("strictNamespaces", AgentProcess.STRICT_NAMESPACES.toString());
    podstamp.putObject("capabilities").put("io.kubernetes.cri.pod-annotations", true);
    return new CniRuntime(chained, List.of(DEBIAN_PLUGINS, bin), cache);
  }

  /// The same network as another version of the specification has it. Debian's plugins are called
  /// by the one that they know all the same.
  public CniRuntime speaking(String cniVersion) {
    return new CniRuntime(conflist.deepCopy().put("cniVersion", cniVersion), path, cache);
  }

  /// The same network with podstamp's setting for the time without an agent.
  public CniRuntime onAgentDown(String setting) {
    ObjectNode changed = conflist.deepCopy();
    for (JsonNode plugin : changed.get("plugins")) {
      if (isPodstamp(plugin)) {
        ((ObjectNode) plugin).put("onAgentDown", setting);
      }
    }
    return new CniRuntime(changed, path, cache);
  }

  /// One Pod sandbox, as the runtime names it to plugins.
  ///
  /// @param containerId 64 hexadecimal digits
  /// @param capabilities what plugins may ask for by name, such as `portMappings`
  public record Sandbox(
      String containerId,
      Netns netns,
      String namespace,
      String name,
      UUID uid,
      Map<String, JsonNode> capabilities) {
    public Sandbox {
      capabilities = Map.copyOf(capabilities);
    }

    /// In another order at every call, as containerd has them: it keeps them in a Go map.
    private String arguments() {
      List<String> arguments =
          Arrays.asList(
              "IgnoreUnknown=1",
              "K8S_POD_NAMESPACE=" + namespace,
              "K8S_POD_NAME=" + name,
              "K8S_POD_INFRA_CONTAINER_ID=" + containerId,
              "K8S_POD_UID=" + uid);
      Collections.shuffle(arguments);
      return String.join(";", arguments);
    }
  }

  /// Connects a sandbox.
  ///
  /// @return the last plugin's result
  /// @throws CniException the first refusal; the caller has to [#delete], as for any ADD
  public JsonNode add(Sandbox sandbox) {
    JsonNode result = null;
    for (JsonNode plugin : conflist.get("plugins")) {
      result = call("ADD", plugin, sandbox, result, sandbox.netns().path().toString());
    }
    if (result == null) {
      throw new IllegalStateException("conflist: no plugins");
    }
    write(cached(sandbox), remembered(sandbox, result).toString());
    return result;
  }

  /// Disconnects a sandbox; may be repeated.
  ///
  /// @param netns the path, or the empty text when it is gone already: containerd calls so
  public void delete(Sandbox sandbox, String netns) {
    JsonNode result = Files.exists(cached(sandbox)) ? read(cached(sandbox)).get("result") : null;
    List<JsonNode> plugins = conflist.get("plugins").values().stream().toList();
    for (JsonNode plugin : plugins.reversed()) {
      call("DEL", plugin, sandbox, result, netns);
    }
    try {
      Files.deleteIfExists(cached(sandbox));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Asks whether a connected sandbox is still as it should be.
  ///
  /// @throws CniException a plugin's word that it is not
  public void check(Sandbox sandbox) {
    JsonNode result = read(cached(sandbox)).get("result");
    for (JsonNode plugin : conflist.get("plugins")) {
      call("CHECK", plugin, sandbox, result, sandbox.netns().path().toString());
    }
  }

  /// A call of podstamp's plugin alone: those of Debian do not know `STATUS` and `GC`.
  ///
  /// @param more members of the network configuration
  /// @param environment what the call is about, if it is about one container
  /// @return what it wrote to stdout
  /// @throws CniException its refusal
  public String askPodstamp(String command, ObjectNode more, Map<String, String> environment) {
    for (JsonNode plugin : conflist.get("plugins")) {
      if (isPodstamp(plugin)) {
        ObjectNode stdin = stdin(plugin, null);
        stdin.setAll(more);
        return run(command, plugin, stdin, environment).out();
      }
    }
    throw new IllegalStateException("conflist: podstamp is not chained");
  }

  private static boolean isPodstamp(JsonNode plugin) {
    return plugin.get("type").asString().equals(PODSTAMP);
  }

  private String version(JsonNode plugin) {
    return isPodstamp(plugin) ? conflist.get("cniVersion").asString() : OF_DEBIAN_PLUGINS;
  }

  private ObjectNode stdin(JsonNode plugin, @Nullable JsonNode result) {
    ObjectNode stdin = (ObjectNode) plugin.deepCopy();
    stdin.put("cniVersion", version(plugin));
    stdin.set("name", conflist.get("name"));
    if (result != null) {
      stdin.set("prevResult", ((ObjectNode) result.deepCopy()).put("cniVersion", version(plugin)));
    }
    return stdin;
  }

  private @Nullable JsonNode call(
      String command, JsonNode plugin, Sandbox sandbox, @Nullable JsonNode result, String netns) {
    ObjectNode stdin = stdin(plugin, result);
    ObjectNode runtimeConfig = JSON.createObjectNode();
    sandbox.capabilities().entrySet().stream()
        .filter(
            capability -> plugin.path("capabilities").path(capability.getKey()).asBoolean(false))
        .forEach(capability -> runtimeConfig.set(capability.getKey(), capability.getValue()));
    if (!runtimeConfig.isEmpty()) {
      stdin.set("runtimeConfig", runtimeConfig);
    }
    Run run =
        run(
            command,
            plugin,
            stdin,
            Map.of(
                "CNI_CONTAINERID",
                sandbox.containerId(),
                "CNI_NETNS",
                netns,
                "CNI_IFNAME",
                IFNAME,
                "CNI_ARGS",
                sandbox.arguments()));
    return command.equals("ADD") ? JSON.readTree(run.out()) : null;
  }

  private Run run(
      String command, JsonNode plugin, ObjectNode stdin, Map<String, String> environment) {
    String type = plugin.get("type").asString();
    ProcessBuilder builder = new ProcessBuilder(executable(type).toString());
    builder.environment().putAll(environment);
    builder.environment().put("CNI_COMMAND", command);
    builder
        .environment()
        .put("CNI_PATH", path.stream().map(Path::toString).collect(Collectors.joining(":")));
    Run run = Run.of(builder, stdin.toString());
    if (!run.isOk()) {
      throw new CniException(type, command, run, error(run.out()));
    }
    return run;
  }

  private static JsonNode error(String out) {
    try {
      return JSON.readTree(out);
    } catch (JacksonException e) {
      return JSON.createObjectNode();
    }
  }

  private Path executable(String type) {
    return path.stream()
        .map(folder -> folder.resolve(type))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(type + ": not in " + path));
  }

  private Path cached(Sandbox sandbox) {
    return cache.resolve(
        conflist.get("name").asString() + "-" + sandbox.containerId() + "-" + IFNAME);
  }

  /// What libcni writes down of an attachment.
  private ObjectNode remembered(Sandbox sandbox, JsonNode result) {
    ObjectNode cached =
        JSON.createObjectNode()
            .put("kind", "cniCacheV1")
            .put("containerId", sandbox.containerId())
            .put("ifName", IFNAME)
            .put("networkName", conflist.get("name").asString())
            .put("netns", sandbox.netns().path().toString());
    ArrayNode arguments = cached.putArray("cniArgs");
    for (String argument : sandbox.arguments().split(";", -1)) {
      ArrayNode pair = arguments.addArray();
      for (String part : argument.split("=", 2)) {
        pair.add(part);
      }
    }
    cached.set("result", result);
    return cached;
  }

  private static JsonNode read(Path file) {
    return JSON.readTree(file);
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
