package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonMembersTest {
  private static final String DOCUMENT =
      """
       {"k" : {"a":[1,-0.5e+3,true,false,null,{"\\u00e9é€😀":"\\"\\\\\\/\\b\\f\\n\\r\\t"}]},
        "other":[[],{}], "k2":"\\ud800"}\t
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "0",
        "-0",
        "10",
        "1.5",
        "1e5",
        "1E-5",
        "1.0e+10",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "[]",
        "[ ]",
        "{ }",
        "[1 , 2]",
        "{\"a\":{\"a\":1},\"a\":2}",
        "\"\u007f\"",
        "\"é\u0800\ud7ff\ue000\uffff😀\""
      })
  void get_grammaticalValue_isTheExactSlice(String value) throws Exception {
    RawJson slice = members("\n{ \"x\":1,\"k\" : " + value + " \r}\t").get("k");
    assertThat(String.valueOf(slice)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nul",
        "nulll",
        "TRUE",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "'a'",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\n\"",
        "\"\u0000\"",
        "\"\u001f\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{,}",
        "[1}",
        "1 2",
        "/**/1",
        "1//",
        "\u00a01",
        "\f1"
      })
  void scan_ungrammaticalValue_isRefused(String value) {
    assertThatThrownBy(() -> members("{\"other\":" + value + "}"))
        .isInstanceOf(JsonScanner.SyntaxException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"k\"",
        "1",
        "{}{}",
        "{},",
        "{} x",
        "\ufeff{}",
        "{}\u0000"
      })
  void scan_notOneObject_isRefused(String text) {
    assertThatThrownBy(() -> members(text)).isInstanceOf(JsonScanner.SyntaxException.class);
  }

  @Test
  void scan_everyPrefix_isRefused() throws Exception {
    byte[] whole = DOCUMENT.strip().getBytes(UTF_8);
    assertThat(JsonMembers.scan(whole, List.of("k2")).get("k2")).hasToString("\"\\ud800\"");
    for (int length = 0; length < whole.length; length++) {
      byte[] prefix = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> JsonMembers.scan(prefix, List.of()))
          .as("first %d bytes", length)
          .isInstanceOf(JsonScanner.SyntaxException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "80, a continuation alone",
    "c0af, overlong '/'",
    "c1bf, overlong",
    "e09fbf, overlong",
    "f08fbfbf, overlong",
    "eda080, a surrogate",
    "f4908080, beyond U+10FFFF",
    "f5808080, beyond U+10FFFF",
    "ff, no UTF-8 byte",
    "c3, cut",
    "e282, cut",
    "f09f98, cut",
    "c3c3a9, a lead after a lead",
  })
  void scan_illFormedUtf8_isRefused(String hex, String what) {
    byte[] bad = HexFormat.of().parseHex(hex);
    byte[] text = ("{\"o\":\"" + new String(bad, ISO_8859_1) + "\"}").getBytes(ISO_8859_1);
    assertThatThrownBy(() -> JsonMembers.scan(text, List.of()))
        .as(what)
        .hasMessageEndingWith("(expected: UTF-8)");
  }

  @Test
  void scan_deepestNesting_isAcceptedAndOneMoreIsNot() throws Exception {
    members("{\"k\":" + nested(JsonScanner.MAX_DEPTH - 1) + "}");
    assertThatThrownBy(() -> members("{\"k\":" + nested(JsonScanner.MAX_DEPTH) + "}"))
        .hasMessage("byte 504: nested deeper than 500 arrays and objects");
  }

  @Test
  void scan_absurdNesting_isRefused() {
    assertThatThrownBy(() -> members("{\"k\":" + nested(100_000) + "}"))
        .isInstanceOf(JsonScanner.SyntaxException.class);
    assertThatThrownBy(() -> members("{\"k\":" + "{\"a\":".repeat(100_000)))
        .isInstanceOf(JsonScanner.SyntaxException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"k\":1,\"k\":1}", "{\"k\":1,\"o\":2,\"\\u006b\":null}"})
  void scan_wantedMemberTwice_isRefused(String text) {
    assertThatThrownBy(() -> members(text)).hasMessageEndingWith(": k comes twice");
  }

  @Test
  void scan_otherMemberTwice_isTolerated() throws Exception {
    assertThat(members("{\"o\":1,\"o\":2,\"k\":3}").get("k")).hasToString("3");
  }

  @Test
  void get_nullOrAbsent_isNull() throws Exception {
    assertThat(members("{\"k\":null}").get("k")).isNull();
    assertThat(members("{}").get("k")).isNull();
  }

  @Test
  void string_escapes_areResolved() throws Exception {
    RawJson value =
        members("{\"k\":\"\\\"\\\\\\/\\b\\f\\n\\r\\té\\u00E9\\ud83d\\ude00x\"}").get("k");
    assertThat(string(value)).isEqualTo("\"\\/\b\f\n\r\téé😀x");
  }

  private static @Nullable String string(@Nullable RawJson value) {
    return value == null ? null : value.string();
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static JsonMembers members(String text) throws JsonScanner.SyntaxException {
    return JsonMembers.scan(text.getBytes(UTF_8), List.of("k", "k2"));
  }
}
