package io.podstamp.receivers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// docs/gateway.md and docs/receivers.csv, held against each other.
class GatewayPageTest {
  private static final Path PAGE = Path.of("../docs/gateway.md");
  private static final Set<String> RUNNERS = Set.of("", "ReceiversTest", "e2e-receivers.sh");

  @Test
  void page_hasTheTableAsItIs() throws IOException {
    List<String> rows =
        Receiver.all().stream()
            .map(
                row ->
                    "| %s %s | %s | %s | %s | %s | %s | %s |"
                        .formatted(
                            row.name(),
                            row.version() + (row.runBy().isEmpty() ? "" : "\\*"),
                            code(row.setting()),
                            row.set(),
                            row.append(),
                            String.join(", ", row.preferred()),
                            code(row.right()),
                            code(row.oneMoreHop())))
            .toList();
    assertThat(table("## The table")).containsExactlyElementsOf(rows);
  }

  private static String code(String setting) {
    return setting.isEmpty() ? "none" : "`" + setting.replace("|", "\\|") + "`";
  }

  @Test
  void page_hasEachPreferredName_withTheReceiversThatPreferIt() throws IOException {
    List<String> rows =
        List.of("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")
            .stream()
            .map(name -> "| `%s` | %s |".formatted(name, receiversThatPrefer(name)))
            .toList();
    assertThat(table("## Names that beat X-Forwarded-For")).containsExactlyElementsOf(rows);
  }

  private static String receiversThatPrefer(String name) {
    try {
      return Receiver.all().stream()
          .filter(row -> row.preferred().contains(name))
          .map(Receiver::name)
          .distinct()
          .collect(Collectors.joining(", "));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// What the default and the recommended names are for.
  @Test
  void modeSet_noForgedValueIsBelieved() throws IOException {
    Set<String> recommended = new TreeSet<>();
    for (String line : table("## Names that beat X-Forwarded-For")) {
      recommended.add(line.split("`", 3)[1]);
    }
    for (Receiver row : Receiver.all()) {
      assertThat(row.set()).as(row.name()).isIn("pod", "node");
      assertThat(recommended).as(row.name()).containsAll(row.preferred());
      assertThat(RUNNERS).as(row.name()).contains(row.runBy());
    }
  }

  @Test
  void page_countsWhatTheTableHas() throws IOException {
    List<Receiver> rows = Receiver.all();
    long receivers = rows.stream().map(Receiver::name).distinct().count();
    long forged =
        rows.stream()
            .filter(row -> row.append().equals("forged"))
            .map(Receiver::name)
            .distinct()
            .count();
    assertThat(Files.readString(PAGE))
        .contains("%d receivers".formatted(receivers))
        .contains("%d of them believe".formatted(forged));
  }

  /// The rows of the table below a heading, without its head.
  private static List<String> table(String heading) throws IOException {
    return Files.readAllLines(PAGE).stream()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("| "))
        .skip(1)
        .toList();
  }
}
