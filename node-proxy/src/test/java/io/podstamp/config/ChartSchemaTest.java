package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the chart's schema says of the config file, against what the agent reads.
class ChartSchemaTest {
  private static final JsonNode CONFIG =
      JsonMapper.shared()
          .readTree(Path.of("../daemonset/chart/values.schema.json").toFile())
          .at("/properties/config");

  @Test
  void keys_areThoseOfTheConfigFile() {
    assertThat(CONFIG.get("properties").propertyNames()).containsExactlyElementsOf(ConfigFile.KEYS);
  }

  /// A mapping's keys stand twice: the second time where one that is unknown is refused.
  @Test
  void unknownKeys_areToldTheKnownOnes() {
    JsonNode root =
        JsonMapper.shared().readTree(Path.of("../daemonset/chart/values.schema.json").toFile());
    assertThat(mappings(root).toList())
        .hasSizeGreaterThan(10)
        .allSatisfy(
            mapping ->
                assertThat(mapping.at("/additionalProperties/const").asString())
                    .endsWith(
                        "(expected: "
                            + String.join(", ", mapping.get("properties").propertyNames())
                            + ")"));
  }

  private static Stream<JsonNode> mappings(JsonNode node) {
    Stream<JsonNode> below = node.valueStream().flatMap(ChartSchemaTest::mappings);
    return node.isObject() && node.has("properties") && node.get("properties").isObject()
        ? Stream.concat(Stream.of(node), below)
        : below;
  }

  static Stream<Arguments> words() {
    return Stream.of(
        Arguments.of("/properties/profile", dashed(Profile.values())),
        Arguments.of("/properties/onAgentDown", dashed(OnAgentDown.values())),
        Arguments.of("/properties/connectionLog", dashed(ConnectionLog.values())),
        Arguments.of("/properties/logLevel", dashed(LogLevel.values())),
        Arguments.of("/properties/connect", dashed(Connect.values())),
        Arguments.of(
            "/properties/destinations/properties/scope", dashed(Destinations.Scope.values())),
        Arguments.of("/properties/headers/items/properties/mode", dashed(HeaderMode.values())),
        Arguments.of("/properties/proxyProtocol/items/properties/mode", dashed(OwnHeader.values())),
        Arguments.of(
            "/properties/proxyProtocol/items/properties/onMissing", dashed(OnMissing.values())),
        Arguments.of("/properties/proxyProtocol/items/properties/receiver", Receiver.labels()));
  }

  private static List<String> dashed(Enum<?>[] constants) {
    return Arrays.stream(constants).map(Labels::dashed).toList();
  }

  @ParameterizedTest
  @MethodSource("words")
  void words_areTheAgents(String where, List<String> words) {
    String pattern = CONFIG.at(where).get("pattern").asString();

    assertThat(pattern.replace("\\", "").replaceAll("^\\^\\(|\\)\\$$", "").split("\\|"))
        .containsExactlyInAnyOrderElementsOf(words);
  }
}
