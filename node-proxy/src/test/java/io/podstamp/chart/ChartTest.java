package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.podstamp.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The Helm chart against the manifests for kustomize, which are its source. What the real helm
/// makes of it is asked by `scripts/e2e-chart.sh`.
class ChartTest {
  private static final Path DAEMONSET = Path.of("../daemonset");
  private static final Path CHART = DAEMONSET.resolve("chart");
  private static final YAMLMapper YAML = YAMLMapper.builder().build();
  private static final List<String> WRITTEN_BY_HAND =
      List.of("NOTES.txt", "_helpers.tpl", "monitoring.yaml");

  @Test
  void templates_areThoseThatTheManifestsMake() throws IOException {
    Map<String, String> made = new ChartTemplates(DAEMONSET).all();

    made.forEach(
        (name, text) ->
            assertThat(CHART.resolve("templates").resolve(name))
                .as("scripts/chart.sh makes it anew")
                .hasContent(text));
    TreeSet<String> all = new TreeSet<>(made.keySet());
    all.addAll(WRITTEN_BY_HAND);
    assertThat(names(CHART.resolve("templates"))).containsExactlyElementsOf(all);
  }

  @Test
  void defaults_areWhatTheManifestsSay() {
    JsonNode values = values("values.yaml");

    assertThat(
            Stream.concat(
                ChartTemplates.DAEMON_SET_VALUES.stream(), ChartTemplates.SIGNER_VALUES.stream()))
        .allSatisfy(
            value -> assertThat(at(values, value.key()).asString()).isEqualTo(value.scalar()));
    ChartTemplates.DAEMON_SET_TREES.forEach(
        (key, block) ->
            assertThat(values.get(key)).isEqualTo(YAML.readTree(block.stripIndent()).get(key)));
    assertThat(values.get("config"))
        .isEqualTo(
            YAML.readTree(
                YAML.readTree(DAEMONSET.resolve("base/config.yaml").toFile())
                    .at("/data/config.yaml")
                    .asString()));
  }

  /// What an overlay's patch adds stands in the template too.
  @Test
  void options_addWhatTheirOverlaysAdd() throws IOException {
    String template = Files.readString(CHART.resolve("templates/daemonset.yaml"));
    for (String option : List.of("write-status", "events")) {
      assertThat(template)
          .contains("- " + yaml("overlays/" + option + "/argument.yaml").at("/0/value").asString());
    }
    for (JsonNode operation : yaml("overlays/monitoring/scrape.yaml")) {
      String path = operation.get("path").asString();
      JsonNode value = operation.get("value");
      String key = path.substring(path.lastIndexOf('/') + 1).replace("~1", "/");
      assertThat(template)
          .contains(
              value.isObject()
                  ? "- name: " + value.get("name").asString()
                  : (key.equals("-") ? "- " : key + ": "))
          .contains(value.isObject() ? "fieldPath: status.hostIP" : value.asString());
    }
    JsonNode key = yaml("overlays/identity-key/key.yaml");
    assertThat(template)
        .contains("secretName: " + key.at("/0/value/secret/secretName").asString())
        .contains("defaultMode: " + key.at("/0/value/secret/defaultMode").asInt())
        .contains("mountPath: " + key.at("/1/value/mountPath").asString());
    JsonNode signer = yaml("overlays/signer/mount.yaml").at("/0/value/projected/sources");
    assertThat(template)
        .contains("audience: " + signer.at("/0/serviceAccountToken/audience").asString())
        .contains(
            "expirationSeconds: " + signer.at("/0/serviceAccountToken/expirationSeconds").asInt())
        .contains("name: " + signer.at("/1/configMap/name").asString())
        .contains(
            "mountPath: " + yaml("overlays/signer/mount.yaml").at("/1/value/mountPath").asString());
    JsonNode appArmor = yaml("overlays/apparmor-field/field.yaml").get(0);
    assertThat(appArmor.get("path").asString()).endsWith("/appArmorProfile");
    assertThat(template)
        .containsPattern(
            "appArmorProfile:\\n +type: " + appArmor.at("/value/type").asString() + "\\n");
    JsonNode surge = yaml("overlays/surge/surge.yaml").at("/spec/updateStrategy/rollingUpdate");
    for (Map.Entry<String, JsonNode> setting : surge.properties()) {
      assertThat(template).contains(setting.getKey() + ": " + setting.getValue().asInt() + "\n");
    }
  }

  static List<String> presets() throws IOException {
    return names(CHART.resolve("presets"));
  }

  @Test
  void everyPlatform_hasItsPreset() throws IOException {
    List<String> options =
        List.of(
            "apparmor-field",
            "events",
            "identity-key",
            "monitoring",
            "signer",
            "surge",
            "taint",
            "write-status");

    assertThat(presets())
        .containsExactlyElementsOf(
            names(DAEMONSET.resolve("overlays")).stream()
                .filter(overlay -> !options.contains(overlay))
                .map(overlay -> overlay + ".yaml")
                .toList());
  }

  @ParameterizedTest
  @MethodSource("presets")
  void preset_saysWhatItsOverlaySays(String preset) throws IOException {
    JsonNode values = values("presets/" + preset);
    Path overlay = DAEMONSET.resolve("overlays").resolve(preset.replace(".yaml", ""));
    Path paths = overlay.resolve("paths.yaml");
    JsonNode volumes =
        YAML.readTree(
                (Files.exists(paths) ? paths : DAEMONSET.resolve("base/daemonset.yaml")).toFile())
            .at("/spec/template/spec/volumes");

    assertThat(values.at("/node/cniBin").asString()).isEqualTo(path(volumes, "cni-bin"));
    assertThat(values.at("/node/cniConf").asString()).isEqualTo(path(volumes, "cni-conf"));
    assertThat(values.path("criticalPodsQuota").asBoolean(false))
        .isEqualTo(Files.exists(overlay.resolve("quota.yaml")));
    assertThat(values.path("privilegedScc").asBoolean(false))
        .isEqualTo(Files.exists(overlay.resolve("scc.yaml")));
    assertThat(mistakes(Files.readString(CHART.resolve("presets").resolve(preset)))).isEmpty();
  }

  @Test
  void defaults_areGoodByTheSchema() throws IOException {
    assertThat(mistakes(Files.readString(CHART.resolve("values.yaml")))).isEmpty();
  }

  /// The agent's every setting, as README shows it, is taken by the agent and by the schema.
  @Test
  void configOfTheReadme_isGoodForBoth() throws IOException {
    List<String> block =
        Files.readString(Path.of("../README.md"))
            .lines()
            .dropWhile(line -> !line.startsWith("    ports: ["))
            .takeWhile(line -> line.startsWith("    "))
            .toList();
    String config = String.join("\n", block).stripIndent();

    assertThat(ConfigFile.parse("README.md", config).ports()).containsExactly(80);
    assertThat(mistakes("config:\n" + config.indent(2))).isEmpty();
  }

  static List<String> refused() throws IOException {
    return Arrays.stream(
            Files.readString(DAEMONSET.resolve("chart-tests/refused.yaml")).split("(?m)^---\n"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void badValue_isRefusedWhereItStands(String values) throws IOException {
    String key = values.lines().findFirst().orElseThrow().substring(2).split(" \\| ", -1)[0];

    assertThat(mistakes(values))
        .isNotEmpty()
        .anySatisfy(mistake -> assertThat(mistake.getInstanceLocation().toString()).isEqualTo(key));
  }

  @Test
  void badValues_areFortyAndMore() throws IOException {
    assertThat(refused()).hasSizeGreaterThanOrEqualTo(40).doesNotHaveDuplicates();
  }

  private static List<Error> mistakes(String values) throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(CHART.resolve("values.schema.json")), InputFormat.JSON);
    return schema.validate(values, InputFormat.YAML);
  }

  private static JsonNode at(JsonNode values, String key) {
    return values.at("/" + key.replace('.', '/'));
  }

  private static String path(JsonNode volumes, String name) {
    return volumes
        .valueStream()
        .filter(volume -> volume.get("name").asString().equals(name))
        .map(volume -> volume.at("/hostPath/path").asString())
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode yaml(String path) {
    return YAML.readTree(DAEMONSET.resolve(path).toFile());
  }

  private static JsonNode values(String path) {
    return YAML.readTree(CHART.resolve(path).toFile());
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
