package io.podstamp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The dashboard as Grafana reads it on import. Grafana itself is not in Debian; this holds the
/// file against its documented JSON model, and `OperabilityTest` asks Prometheus every expression.
@SuppressWarnings("NullAway.Init")
class DashboardTest {
  private static final Path FILE = Path.of("../daemonset/monitoring/dashboard.json");

  /// Since Grafana 5.0: panels with `gridPos` instead of rows.
  private static final int FIRST_WITH_GRID = 16;

  /// Grafana's grid.
  private static final int COLUMNS = 24;

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

  private JsonNode dashboard;

  @BeforeEach
  void read() throws IOException {
    dashboard = JsonMapper.shared().readTree(Files.readString(FILE));
  }

  private List<JsonNode> panels() {
    return dashboard.get("panels").valueStream().toList();
  }

  @Test
  void head_isOfADashboardThatCanBeImportedTwice() {
    assertThat(dashboard.get("title").asString()).isEqualTo("podstamp");
    assertThat(dashboard.get("uid").asString()).hasSizeBetween(1, 40);
    assertThat(dashboard.get("schemaVersion").asInt()).isGreaterThanOrEqualTo(FIRST_WITH_GRID);
    assertThat(dashboard.has("id")).as("the number of one Grafana's database").isFalse();
  }

  @Test
  void variables_areThoseThatPanelsUse() {
    Set<String> there =
        dashboard
            .at("/templating/list")
            .valueStream()
            .map(variable -> variable.get("name").asString())
            .collect(Collectors.toSet());
    Set<String> used = new HashSet<>();
    Matcher name = VARIABLE.matcher(dashboard.get("panels").toString());
    while (name.find()) {
      used.add(name.group(1));
    }
    assertThat(used).containsExactlyInAnyOrder("datasource", "instance", "__rate_interval");
    assertThat(there).containsExactlyInAnyOrder("datasource", "instance");
  }

  @Test
  void panels_haveWhatGrafanaNeeds() {
    assertThat(panels()).extracting(panel -> panel.get("id").asInt()).doesNotHaveDuplicates();
    assertThat(panels())
        .allSatisfy(
            panel -> {
              assertThat(panel.get("title").asString()).isNotEmpty();
              assertThat(panel.get("type").asString()).isIn("stat", "timeseries");
              assertThat(panel.at("/datasource/type").asString()).isEqualTo("prometheus");
              assertThat(panel.at("/datasource/uid").asString()).isEqualTo("${datasource}");
              assertThat(panel.at("/fieldConfig/defaults/unit").asString()).isNotEmpty();
              assertThat(panel.get("targets").valueStream())
                  .isNotEmpty()
                  .allMatch(target -> !target.get("expr").asString().isBlank())
                  .extracting(target -> target.get("refId").asString())
                  .doesNotHaveDuplicates();
            });
  }

  @Test
  void panels_lieBesideEachOther() {
    Set<List<Integer>> taken = new HashSet<>();
    for (JsonNode panel : panels()) {
      JsonNode place = panel.get("gridPos");
      int right = place.get("x").asInt() + place.get("w").asInt();
      assertThat(right).isLessThanOrEqualTo(COLUMNS);
      for (List<Integer> cell : cells(place)) {
        assertThat(taken.add(cell)).as(panel.get("title").asString()).isTrue();
      }
    }
  }

  private static List<List<Integer>> cells(JsonNode place) {
    List<List<Integer>> cells = new ArrayList<>();
    for (int x = 0; x < place.get("w").asInt(); x++) {
      for (int y = 0; y < place.get("h").asInt(); y++) {
        cells.add(List.of(place.get("x").asInt() + x, place.get("y").asInt() + y));
      }
    }
    return cells;
  }
}
