package io.podstamp.install;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What is put into a network configuration and cut out again; Jackson says what the text means.
class ConflistTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final ChainEntry ENTRY = Shapes.ENTRY;

  static List<Path> shapes() {
    return Shapes.whole();
  }

  @Test
  void shapes_areAll() {
    assertThat(Shapes.whole()).hasSize(31);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void chained_differsByOurEntryOnly(Path shape) throws Exception {
    requireOnlyOurEntryDiffers(Shapes.list(shape));
  }

  private static void requireOnlyOurEntryDiffers(byte[] before) throws UnusableException {
    byte[] after = Conflist.parse(before).chained(ENTRY);

    assertThat(JSON.readTree(after)).isEqualTo(withOurEntry(before));
    int head = commonPrefix(before, after);
    assertThat(new String(after, ISO_8859_1))
        .as("what stood before our entry and behind it")
        .endsWith(new String(before, ISO_8859_1).substring(head));
    assertThat(Conflist.parse(after).unchained()).isEqualTo(before);
    assertThat(Conflist.parse(after).chained(ENTRY)).isSameAs(after);
  }

  private static JsonNode withOurEntry(byte[] list) {
    ObjectNode tree = (ObjectNode) JSON.readTree(list);
    ((ArrayNode) tree.get("plugins")).add(JSON.readTree(ENTRY.json()));
    return tree;
  }

  private static int commonPrefix(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void randomBlanksAndMembers_areKept(Path shape) throws Exception {
    Random random = new Random(shape.getFileName().toString().hashCode());
    byte[] list = Shapes.list(shape);
    for (int round = 0; round < rounds(list); round++) {
      requireOnlyOurEntryDiffers(respaced(list, random));
    }
  }

  /// The same with other blanks between the tokens, and sometimes a member more.
  private static byte[] respaced(byte[] text, Random random) {
    StringBuilder out = new StringBuilder();
    boolean inString = false;
    String json = new String(text, UTF_8);
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (inString) {
        out.append(c);
        if (c == '\\') {
          out.append(json.charAt(++i));
        } else if (c == '"') {
          inString = false;
        }
        continue;
      }
      boolean structural = "{}[]:,\"".indexOf(c) >= 0;
      if (structural) {
        blanks(out, random);
      }
      out.append(c);
      if (c == '{' && random.nextInt(8) == 0) {
        out.append("\"").append(Long.toHexString(random.nextLong())).append("\":[\"]}\",{}]");
        out.append(json.substring(i + 1).stripLeading().startsWith("}") ? "" : ",");
      }
      inString = c == '"';
    }
    return out.toString().getBytes(UTF_8);
  }

  private static void blanks(StringBuilder out, Random random) {
    if (random.nextInt(6) == 0) {
      for (int count = random.nextInt(4); count > 0; count--) {
        out.append(" \t\n\r".charAt(random.nextInt(4)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void randomDamage_isLeftAloneOrSurvived(Path shape) throws Exception {
    Random random = new Random(shape.getFileName().toString().hashCode());
    byte[] list = Shapes.list(shape);
    for (int round = 0; round < 20 * rounds(list); round++) {
      byte[] damaged = damaged(list, random);
      byte[] chained;
      try {
        chained = Conflist.parse(damaged).chained(ENTRY);
      } catch (UnusableException e) {
        assertThat(e.getMessage()).contains("(expected: ");
        continue;
      }
      assertThat(JSON.readTree(chained)).isEqualTo(withOurEntry(damaged));
      assertThat(Conflist.parse(chained).unchained()).isEqualTo(damaged);
    }
  }

  private static byte[] damaged(byte[] text, Random random) {
    int at = random.nextInt(text.length);
    return switch (random.nextInt(3)) {
      case 0 -> Arrays.copyOf(text, at);
      case 1 -> {
        byte[] flipped = text.clone();
        flipped[at] = (byte) "{}[]:,\" \\0aé\n/".charAt(random.nextInt(14));
        yield flipped;
      }
      default -> {
        int to = Math.min(text.length, at + 1 + random.nextInt(20));
        byte[] shorter = Arrays.copyOf(text, text.length - (to - at));
        System.arraycopy(text, to, shorter, at, text.length - to);
        yield shorter;
      }
    };
  }

  /// The very large one takes its time.
  private static int rounds(byte[] list) {
    return list.length > 100_000 ? 2 : 100;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void entryOfAnOlderVersion_isReplacedWhereItStands(Path shape) throws Exception {
    byte[] bare = Shapes.list(shape);
    byte[] old = Conflist.parse(bare).chained(Shapes.OLDER);

    byte[] now = Conflist.parse(old).chained(ENTRY);

    assertThat(now).isEqualTo(Conflist.parse(bare).chained(ENTRY));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void writtenAnewByAnAgentThatFormats_isNotTouched(Path shape) throws Exception {
    byte[] chained = Conflist.parse(Shapes.list(shape)).chained(ENTRY);
    byte[] formatted =
        JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(JSON.readTree(chained));

    assertThat(Conflist.parse(formatted).chained(ENTRY)).isSameAs(formatted);
  }

  @Test
  void pluginsOnLinesOfTheirOwn_oursIsToo() throws Exception {
    assertThat(
            chained(
                "{'cniVersion':'1.0.0','name':'n','plugins':[\n  {'type':'a'},\n  {'type':'b'}\n]}"))
        .contains("{'type':'b'},\n  { 'type': 'podstamp'");
  }

  @Test
  void anotherPluginBehindOurs_staysThere() throws Exception {
    String list =
        "{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'}, "
            + new String(ENTRY.json(), UTF_8).replace('"', '\'')
            + ", {'type':'late'}]}";

    assertThat(chained(list)).isEqualTo(list);
    assertThat(unchained(list))
        .isEqualTo("{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'}, {'type':'late'}]}");
  }

  @Test
  void entryThatJacksonWillNotRead_isReplaced() throws Exception {
    String list = "{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'},%s]}";

    String chained = chained(list.formatted("{'type':'podstamp','x':" + "1".repeat(1500) + "}"));

    assertThat(chained)
        .isEqualTo(list.formatted(new String(ENTRY.json(), UTF_8).replace('"', '\'')));
  }

  @Test
  void oursFirst_movesBehindThePrimary() throws Exception {
    assertThat(
            chained(
                "{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'podstamp'},{'type':'a'}]}"))
        .startsWith(
            "{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'},{ 'type': 'podstamp'");
  }

  @Test
  void oursTwice_staysOnce() throws Exception {
    String list =
        "{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'},{'type':'podstamp'},{'type':'b'},{'type':'podstamp'}]}";

    assertThat(chained(list)).containsOnlyOnce("podstamp'");
    assertThat(unchained(list))
        .isEqualTo("{'cniVersion':'1.0.0','name':'n','plugins':[{'type':'a'},{'type':'b'}]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'cniVersion':'1.0.0','name':'n','plugins':[]} | plugins: [] (expected: another plugin than podstamp, first)",
        "{'cniVersion':'0.2.0','name':'n','plugins':[{}]} | cniVersion: '0.2.0' (expected: 0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0, which can chain plugins)",
        "{'cniVersion':'1.0.0','plugins':[{}]} | name: missing (expected: the name of the network)",
        "{'cniVersion':'1.0.0','name':'n'} | plugins: missing (expected: an array of objects)",
        "{'cniVersion':'1.0.0','name':'n','plugins':['a']} | plugins: 'a' (expected: an object)",
        "[] | [] (expected: an object)",
      })
  void unusable_isSaidInOneSentence(String list, String sentence) {
    assertThatThrownBy(() -> chained(list))
        .isInstanceOf(UnusableException.class)
        .hasMessage(sentence.replace('\'', '"'));
  }

  @Test
  void single_keepsItsTextNameAndVersion() throws IOException, UnusableException {
    for (Path shape : Shapes.whole()) {
      if (!shape.toString().endsWith(".conflist")) {
        String text = Files.readString(shape);
        JsonNode conf = JSON.readTree(text);

        JsonNode list = JSON.readTree(Conflist.wrap(text.getBytes(UTF_8)));

        assertThat(new String(Conflist.wrap(text.getBytes(UTF_8)), UTF_8)).contains(text.strip());
        assertThat(list.get("name")).isEqualTo(conf.get("name"));
        assertThat(list.get("cniVersion")).isEqualTo(conf.get("cniVersion"));
        assertThat(list.get("plugins")).containsExactly(conf);
      }
    }
  }

  private static String chained(String apostrophes) throws UnusableException {
    return new String(Conflist.parse(quoted(apostrophes)).chained(ENTRY), UTF_8).replace('"', '\'');
  }

  private static String unchained(String apostrophes) throws UnusableException {
    return new String(Conflist.parse(quoted(apostrophes)).unchained(), UTF_8).replace('"', '\'');
  }

  private static byte[] quoted(String apostrophes) {
    return apostrophes.replace('\'', '"').getBytes(UTF_8);
  }
}
