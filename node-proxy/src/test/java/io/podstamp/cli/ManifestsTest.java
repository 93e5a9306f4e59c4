package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.ConfigFile;
import io.podstamp.config.TokenSource;
import io.podstamp.kubernetes.AgentTaint;
import io.podstamp.token.SignerMessages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The manifests of `daemonset/`, held against the program that they start.
class ManifestsTest {
  private static final Path DAEMONSET = Path.of("../daemonset");
  private static final YAMLMapper YAML = YAMLMapper.builder().build();

  static List<Path> kustomizations() throws IOException {
    try (Stream<Path> files = Files.walk(DAEMONSET)) {
      return files.filter(file -> file.endsWith("kustomization.yaml")).sorted().toList();
    }
  }

  @Test
  void everyDistribution_hasItsOverlay() throws IOException {
    assertThat(
            kustomizations().stream().map(file -> file.getName(file.getNameCount() - 2).toString()))
        .contains(
            "base",
            "gke",
            "eks",
            "aks",
            "k3s",
            "k3d",
            "microk8s",
            "openshift",
            "kind",
            "cilium",
            "surge",
            "apparmor-field",
            "write-status",
            "monitoring",
            "identity-key",
            "signer",
            "events",
            "taint");
  }

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(DAEMONSET.resolve("examples"))) {
      return files.sorted().toList();
    }
  }

  /// The image's entrypoint is the program, not the sub-command, and an image without a tag is
  /// pulled each time. `scripts/e2e-first-hour.sh` runs them.
  @ParameterizedTest
  @MethodSource("examples")
  void example_runsTheSidecar_ofAnImageThatIsThere(Path example) {
    List<JsonNode> ours =
        YAML.readTree(example.toFile())
            .at("/spec/containers")
            .valueStream()
            .filter(container -> container.get("image").asString().equals("podstamp"))
            .toList();
    assertThat(ours)
        .singleElement()
        .satisfies(
            container -> {
              assertThat(container.path("imagePullPolicy").asString()).isEqualTo("IfNotPresent");
              assertThat(container.at("/command/0").asString()).endsWith("podstamp");
              assertThat(container.at("/command/1").asString()).isEqualTo("sidecar");
              List<String> line = new ArrayList<>();
              container.get("args").forEach(argument -> line.add(argument.asString()));
              int end = line.contains("--") ? line.indexOf("--") : line.size();
              new CommandLine(new SidecarCommand())
                  .parseArgs(line.subList(0, end).toArray(String[]::new));
            });
  }

  /// What each overlay's patches name is there when it lies on another one: they are appended, or
  /// name what only the base has. Both releases of kustomize are asked by
  /// `scripts/e2e-first-hour.sh`.
  @Test
  void combined_eachOverlayLiesOnTheOneBefore_andWhatIsTheUsersStays(@TempDir Path folder)
      throws Exception {
    Path mine = folder.resolve("mine");
    assertThat(combine(mine, "gke", "surge", "events", "write-status", "monitoring")).isZero();
    Path parts = mine.resolve("parts");
    assertThat(Files.readString(parts.resolve("gke/kustomization.yaml"))).contains("- ../base\n");
    assertThat(Files.readString(parts.resolve("surge/kustomization.yaml"))).contains("- ../gke\n");
    assertThat(Files.readString(parts.resolve("all/kustomization.yaml")))
        .isEqualTo("bases:\n  - ../monitoring\n");

    Files.writeString(mine.resolve("config.yaml"), "mine");
    assertThat(combine(mine, "surge")).isZero();
    assertThat(mine.resolve("config.yaml")).hasContent("mine");
    assertThat(parts.resolve("gke")).doesNotExist();
    assertThat(combine(mine, "nonsense")).isEqualTo(2);
    for (Path overlay : kustomizations()) {
      if (overlay.toString().contains("overlays")) {
        assertThat(Files.readString(overlay)).containsOnlyOnce("\n  - ../../base\n");
      }
    }
  }

  private static int combine(Path folder, String... overlays) throws Exception {
    List<String> line =
        new ArrayList<>(List.of(DAEMONSET.resolve("combine.sh").toString(), folder.toString()));
    line.addAll(List.of(overlays));
    return new ProcessBuilder(line)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolveSibling("said").toFile())
        .start()
        .waitFor();
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void kustomization_namesFilesThatExist(Path kustomization) {
    JsonNode tree = YAML.readTree(kustomization.toFile());
    List<String> names = new ArrayList<>();
    for (String list : List.of("bases", "resources", "patchesStrategicMerge")) {
      tree.path(list).forEach(name -> names.add(name.asString()));
    }
    tree.path("patchesJson6902").forEach(patch -> names.add(patch.get("path").asString()));

    assertThat(names).isNotEmpty();
    for (String name : names) {
      Path file = kustomization.resolveSibling(name);
      assertThat(Files.isDirectory(file) ? file.resolve("kustomization.yaml") : file)
          .as("%s names %s", kustomization, name)
          .isRegularFile();
    }
  }

  @Test
  void agentArguments_areUnderstoodByTheAgent() {
    List<String> arguments = new ArrayList<>();
    container().get("args").forEach(argument -> arguments.add(argument.asString()));
    assertThat(arguments.getFirst()).isEqualTo("agent");
    CommandLine agent = new CommandLine(new AgentCommand());

    // Wrong ones make it throw, and say which.
    CommandLine.ParseResult result =
        agent.parseArgs(arguments.subList(1, arguments.size()).toArray(String[]::new));

    assertThat(result.matchedOptions()).hasSize(arguments.size() - 1);
  }

  /// An agent that asks for a DaemonSet elsewhere is told 403, takes that for an uninstall, and
  /// would take podstamp off its node at every restart.
  @Test
  void daemonSetThatTheAgentAsksFor_isItsOwnWhateverTheNamespace() {
    assertThat(container().get("args").valueStream().map(JsonNode::asString))
        .contains("--daemon-set=$(POD_NAMESPACE)/" + daemonSet().at("/metadata/name").asString());
    assertThat(
            named(container().get("env"), "POD_NAMESPACE")
                .at("/valueFrom/fieldRef/fieldPath")
                .asString())
        .isEqualTo("metadata.namespace");
  }

  @ParameterizedTest
  @ValueSource(strings = {"write-status", "events"})
  void overlayOfAnOption_addsOneOfTheAgent(String overlay) {
    JsonNode patch =
        YAML.readTree(DAEMONSET.resolve("overlays/" + overlay + "/argument.yaml").toFile());

    assertThat(
            new CommandLine(new AgentCommand())
                .getCommandSpec()
                .findOption(patch.get(0).get("value").asString()))
        .isNotNull();
  }

  @Test
  void untaint_isUnderstood_andMayStandOnNewNodes() {
    JsonNode deployment =
        YAML.readerFor(JsonNode.class)
            .<JsonNode>readValues(DAEMONSET.resolve("overlays/taint/untaint.yaml").toFile())
            .readAll()
            .getLast();
    assertThat(deployment.get("kind").asString()).isEqualTo("Deployment");
    JsonNode pod = deployment.at("/spec/template/spec");
    List<String> line = pod.at("/containers/0/args").valueStream().map(JsonNode::asString).toList();
    new CommandLine(new Podstamp()).parseArgs(line.toArray(String[]::new));

    assertThat(pod.at("/tolerations/0/key").asString()).isEqualTo(AgentTaint.KEY);
    assertThat(deployment.at("/spec/template/metadata/labels/app.kubernetes.io~1name").asString())
        .as("no agent")
        .isNotEqualTo(daemonSet().at("/metadata/labels/app.kubernetes.io~1name").asString());
  }

  /// What an operation of a JSON patch brings to a path.
  private static JsonNode added(JsonNode patch, String path) {
    return patch
        .valueStream()
        .filter(operation -> operation.get("path").asString().equals(path))
        .map(operation -> operation.get("value"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void monitoring_bindsMetricsWhereTheAnnotationsSayTheyAre() {
    JsonNode patch = YAML.readTree(DAEMONSET.resolve("overlays/monitoring/scrape.yaml").toFile());
    String argument = added(patch, "/spec/template/spec/containers/0/args/-").asString();

    assertThat(argument).startsWith("--metrics=$(HOST_IP):");
    assertThat(new CommandLine(new AgentCommand()).getCommandSpec().findOption("--metrics"))
        .isNotNull();
    assertThat(added(patch, "/spec/template/spec/containers/0/env/-").get("name").asString())
        .isEqualTo("HOST_IP");
    String annotations = "/spec/template/metadata/annotations/prometheus.io~1";
    assertThat(argument).endsWith(":" + added(patch, annotations + "port").asString());
    assertThat(added(patch, annotations + "path").asString()).isEqualTo("/metrics");
  }

  /// docs/identity.md has the path in its config.
  @Test
  void identityKey_isMountedWhereTheDocsHaveIt() throws IOException {
    JsonNode patch = YAML.readTree(DAEMONSET.resolve("overlays/identity-key/key.yaml").toFile());
    JsonNode volume = added(patch, "/spec/template/spec/volumes/-");
    JsonNode mount = added(patch, "/spec/template/spec/containers/0/volumeMounts/-");
    assertThat(mount.get("name").asString()).isEqualTo(volume.get("name").asString());
    assertThat(volume.at("/secret/defaultMode").asInt()).isEqualTo(0400);
    assertThat(Files.readString(DAEMONSET.resolve("../docs/identity.md")))
        .contains("keyFile: " + mount.get("mountPath").asString() + "/key.pem")
        .contains("create secret generic " + volume.at("/secret/secretName").asString());
  }

  /// What an agent asks with is where its config looks for it, and what the signer keeps has the
  /// name that the manifests give it.
  @Test
  void signer_isUnderstood_andTheAgentsHaveWhatTheyAskWith() throws IOException {
    List<JsonNode> objects =
        YAML.readerFor(JsonNode.class)
            .<JsonNode>readValues(DAEMONSET.resolve("overlays/signer/signer.yaml").toFile())
            .readAll();
    JsonNode pod = objects.getLast().at("/spec/template/spec");
    List<String> line = pod.at("/containers/0/args").valueStream().map(JsonNode::asString).toList();
    SignerCommand command = new SignerCommand();
    CommandLine.ParseResult result =
        new CommandLine(command).parseArgs(line.subList(1, line.size()).toArray(String[]::new));
    assertThat(line.getFirst()).isEqualTo("signer");
    String name = result.commandSpec().findOption("--name").getValue();
    assertThat(objects)
        .filteredOn(
            object -> List.of("Secret", "ConfigMap").contains(object.get("kind").asString()))
        .hasSize(2)
        .allMatch(object -> object.at("/metadata/name").asString().equals(name))
        .noneMatch(object -> object.has("data"));
    for (JsonNode argument : pod.at("/containers/0/args")) {
      if (argument.asString().contains("=/")) {
        Path path = Path.of(argument.asString().replaceFirst(".*?=", ""));
        assertThat(pod.at("/containers/0/volumeMounts").valueStream())
            .anyMatch(mount -> path.startsWith(mount.get("mountPath").asString()));
      }
    }
    InetSocketAddress listen = result.commandSpec().findOption("--listen").getValue();
    assertThat(named(pod.at("/containers/0/ports"), "https").get("containerPort").asInt())
        .isEqualTo(listen.getPort());
    InetSocketAddress metrics = result.commandSpec().findOption("--metrics").getValue();
    assertThat(named(pod.at("/containers/0/ports"), "metrics").get("containerPort").asInt())
        .isEqualTo(metrics.getPort());

    JsonNode patch = YAML.readTree(DAEMONSET.resolve("overlays/signer/mount.yaml").toFile());
    JsonNode sources = added(patch, "/spec/template/spec/volumes/-").at("/projected/sources");
    assertThat(sources.at("/0/serviceAccountToken/audience").asString())
        .isEqualTo(SignerMessages.AUDIENCE);
    assertThat(sources.at("/0/serviceAccountToken/path").asString()).isEqualTo("token");
    assertThat(sources.at("/1/configMap/name").asString()).isEqualTo(name);
    assertThat(sources.at("/1/configMap/items/0/path").asString()).isEqualTo("ca.crt");
    assertThat(
            added(patch, "/spec/template/spec/containers/0/volumeMounts/-")
                .get("mountPath")
                .asString())
        .isEqualTo(TokenSource.SIGNER_FOLDER.toString());
  }

  @Test
  void everyFolderInTheArguments_isMounted() {
    List<String> mounts = new ArrayList<>();
    container().get("volumeMounts").forEach(mount -> mounts.add(mount.get("mountPath").asString()));
    for (JsonNode argument : container().get("args")) {
      int equals = argument.asString().indexOf("=/");
      if (equals > 0) {
        Path path = Path.of(argument.asString().substring(equals + 1));
        assertThat(mounts).as("%s", argument).anyMatch(path::startsWith);
      }
    }
  }

  @Test
  void everyMount_hasItsVolume() {
    List<String> volumes = new ArrayList<>();
    daemonSet()
        .at("/spec/template/spec/volumes")
        .forEach(v -> volumes.add(v.get("name").asString()));

    assertThat(container().get("volumeMounts"))
        .isNotEmpty()
        .allMatch(mount -> volumes.contains(mount.get("name").asString()));
  }

  @Test
  void pathsThatThePluginUses_areTheSameOnTheHost() {
    for (String name : List.of("run", "state", "netns")) {
      assertThat(named(container().get("volumeMounts"), name).get("mountPath"))
          .isEqualTo(
              named(daemonSet().at("/spec/template/spec/volumes"), name).at("/hostPath/path"));
    }
  }

  @Test
  void terminationGracePeriod_outlastsTheDrain() {
    String drain =
        container()
            .get("args")
            .valueStream()
            .map(JsonNode::asString)
            .filter(argument -> argument.startsWith("--drain="))
            .findFirst()
            .orElseThrow();

    assertThat(daemonSet().at("/spec/template/spec/terminationGracePeriodSeconds").asInt())
        .isGreaterThan(Integer.parseInt(drain.substring(8)) + 5);
  }

  @Test
  void config_isGood() {
    JsonNode map = YAML.readTree(DAEMONSET.resolve("base/config.yaml").toFile());

    String config = map.get("data").get("config.yaml").asString();

    assertThat(ConfigFile.parse("config.yaml", config).ports()).containsExactly(80);
  }

  private static JsonNode named(JsonNode list, String name) {
    return list.valueStream()
        .filter(element -> element.get("name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode container() {
    return daemonSet().at("/spec/template/spec/containers/0");
  }

  private static JsonNode daemonSet() {
    try {
      return YAML.readTree(Files.readString(DAEMONSET.resolve("base/daemonset.yaml")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
