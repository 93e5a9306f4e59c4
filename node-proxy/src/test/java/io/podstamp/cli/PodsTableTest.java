package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.admin.PodsPage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class PodsTableTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:30Z");
  private static final Terminal WIDE = new Terminal(true, false, 24, 200);

  @Test
  void lines_areAsWideAsWhatIsInThem() {
    List<String> lines =
        new PodsTable(WIDE, NOW, Map.of("c1/15901", 12.34, "c2/15901", 1234.2))
            .lines(
                List.of(
                    pod("c1", "web-0", "captured", "fine", 10, Map.of("tls", 1L)),
                    pod("c2", "batch", "failed", "no", 0, Map.of())));

    assertThat(lines)
        .containsExactly(
            "POD         STATE     VERIFIED  OPEN  REQ/S  REQUESTS  STAMPED  REFUSED  PORTS    REASON",
            "shop/web-0  captured  30 s ago     2     12        77     90 %        0  80,8080  fine",
            "shop/batch  failed    30 s ago     2   1234        77        -        0  80,8080  no");
  }

  @Test
  void lines_onATerminal_areColouredAndCut() {
    List<String> lines =
        new PodsTable(new Terminal(true, true, 24, 30), NOW, Map.of())
            .lines(List.of(pod("c1", "web-0", "captured", "fine", 1, Map.of())));

    assertThat(lines.get(1)).isEqualTo("shop/web-0  \033[32mcaptured\033[0m  30 s ag…");
  }

  @Test
  void lines_withControlCharacters_showThemAsQuestionMarks() {
    List<String> lines =
        new PodsTable(WIDE, NOW, Map.of())
            .lines(List.of(pod("c1", "web-0", "captured", "a\033[2Jb\nc", 1, Map.of())));

    assertThat(lines.get(1)).endsWith("a?[2Jb c");
  }

  @Test
  void lines_inShadowMode_tellWhatWasCounted() {
    List<PodsPage.Shadowed> counted =
        List.of(
            new PodsPage.Shadowed(80, 12, List.of()),
            new PodsPage.Shadowed(81, 0, List.of()),
            new PodsPage.Shadowed(443, 3, List.of()));

    List<String> lines =
        new PodsTable(WIDE, NOW, Map.of())
            .lines(List.of(pod("c1", "web-0", "shadow", "look", 0, Map.of(), counted, Map.of())));

    assertThat(lines.get(1)).endsWith("would have captured 12 to port 80, 3 to port 443; look");
  }

  @Test
  void lines_ofAPodThatSendsOurHeaders_tellWhich() {
    Map<String, Long> sent = Map.of("X-Forwarded-For", 3L, "Forwarded", 1L);

    List<String> lines =
        new PodsTable(WIDE, NOW, Map.of())
            .lines(List.of(pod("c1", "web-0", "captured", "fine", 1, Map.of(), List.of(), sent)));

    assertThat(lines.get(1)).endsWith("sends Forwarded, X-Forwarded-For itself; fine");
  }

  @Test
  void lines_ofAPodThatIsRefused_areNeitherGreenNorStamped() {
    PodsPage.Refused refused = new PodsPage.Refused(Map.of("odd_head", 90L), 4, 93, "");

    List<String> lines =
        new PodsTable(new Terminal(true, true, 24, 200), NOW, Map.of())
            .lines(
                List.of(
                    pod(
                        "c1",
                        "web-0",
                        "captured",
                        "fine; full",
                        94,
                        Map.of(),
                        List.of(),
                        Map.of(),
                        refused,
                        List.of("94 refused", "full"))));

    assertThat(lines.get(0)).contains("STAMPED  REFUSED");
    assertThat(lines.get(1))
        .contains("\033[33mcaptured\033[0m", "  1 %       94  ")
        .endsWith("94 refused; fine; full");
  }

  /// Members that are missing are as if nothing had happened.
  @Test
  void lines_ofAnAgentOfAnEarlierRelease_areRead() {
    JsonMapper json = JsonMapper.shared();
    ObjectNode row =
        (ObjectNode)
            json.valueToTree(pod("c1", "web-0", "captured", "fine", 10, Map.of("tls", 1L)));
    row.remove("troubles");
    ((ObjectNode) row.get("counts")).remove("refused");

    List<String> lines =
        new PodsTable(WIDE, NOW, Map.of())
            .lines(List.of(json.treeToValue(row, PodsPage.Row.class)));

    assertThat(lines.get(1)).contains("90 %        0  80,8080  fine");
  }

  /// 80 by 12: the line on the Node, the agent's trouble and the head stay, Pods in trouble come
  /// first, and what does not fit is counted.
  @Test
  void screen_ofManyPods_fitsTheTerminal() {
    List<PodsPage.Row> pods = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      pods.add(pod("c" + i, "web-" + i, "captured", "x".repeat(200), 1, Map.of()));
    }
    pods.add(
        pod("ill", "ill", "failed", "no", 0, Map.of(), List.of(), Map.of(), null, List.of("ill")));
    AgentLook look =
        new AgentLook("n1", List.of("The config file is not in force: " + "y".repeat(90)));

    List<String> lines =
        new PodsScreen(new Terminal(true, false, 12, 80), NOW).lines(look, pods, Map.of());

    assertThat(lines).hasSize(12).allMatch(line -> line.length() <= 80);
    assertThat(lines.get(0))
        .isEqualTo("n1  2026-01-01T12:00:30Z  31 Pods, 30 captured, 1 in trouble  (q ends)");
    assertThat(lines.get(1)).startsWith("The config file is not in force: yyy").endsWith("…");
    assertThat(lines.get(2)).startsWith("POD ");
    assertThat(lines.get(3)).startsWith("shop/ill");
    assertThat(lines.get(11)).isEqualTo("and 23 more");
  }

  @Test
  void screen_ofAnAgentOfAnEarlierRelease_orWithoutPods_isShown() {
    AgentLook look = AgentLook.of(JsonMapper.shared().readTree("{\"agent\": {\"node\": \"n1\"}}"));

    assertThat(new PodsScreen(WIDE, NOW).lines(look, List.of(), Map.of()))
        .containsExactly("n1  2026-01-01T12:00:30Z  0 Pods, 0 captured  (q ends)", PodsTable.NONE);
  }

  @Test
  void terminal_withNoColorOrDumb_hasNoColours() {
    int[] size = {24, 80};
    assertThat(Terminal.of(Map.of("TERM", "xterm"), size))
        .isEqualTo(new Terminal(true, true, 24, 80));
    assertThat(Terminal.of(Map.of("TERM", "xterm", "NO_COLOR", "1"), size))
        .isEqualTo(new Terminal(true, false, 24, 80));
    assertThat(Terminal.of(Map.of("TERM", "xterm", "NO_COLOR", ""), size).colours()).isTrue();
    assertThat(Terminal.of(Map.of("TERM", "dumb"), size))
        .isEqualTo(new Terminal(false, false, 24, 80));
  }

  private static PodsPage.Row pod(
      String id,
      String name,
      String state,
      String reason,
      long total,
      Map<String, Long> unstamped) {
    return pod(id, name, state, reason, total, unstamped, List.of(), Map.of());
  }

  private static PodsPage.Row pod(
      String id,
      String name,
      String state,
      String reason,
      long total,
      Map<String, Long> unstamped,
      List<PodsPage.Shadowed> shadow,
      Map<String, Long> clientValues) {
    return pod(id, name, state, reason, total, unstamped, shadow, clientValues, null, List.of());
  }

  private static PodsPage.Row pod(
      String id,
      String name,
      String state,
      String reason,
      long total,
      Map<String, Long> unstamped,
      List<PodsPage.Shadowed> shadow,
      Map<String, Long> clientValues,
      PodsPage.@Nullable Refused refused,
      List<String> troubles) {
    return new PodsPage.Row(
        "shop",
        name,
        "u-" + id,
        id,
        state,
        reason,
        "2026-01-01T12:00:00Z",
        0,
        "",
        null,
        "transparent",
        List.of(80, 8080),
        List.of(),
        15901,
        2,
        "",
        new PodsPage.Counts(
            total,
            77,
            refused == null ? 0 : 90,
            unstamped.values().stream().mapToLong(Long::longValue).sum(),
            unstamped,
            0,
            0,
            clientValues,
            refused,
            null,
            null),
        shadow,
        troubles);
  }
}
