package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Mutated documents: the scanner accepts exactly what Jackson accepts (after a strict UTF-8
/// decoder), and finds the same strings. The seed is fixed, so a failure comes back.
class JsonMembersFuzzTest {
  private static final int ROUNDS = 200_000;

  private static final String[] SEEDS = {
    "{\"k\":\"v\\u00e9\\n\\\"\\\\\",\"a\":[1,-0.5e+3,true,false,null,{}],\"b\":{\"c\":[[]]}}",
    "{ \"a\" : 10.25E-7 , \"k\" : \"é€😀\\ud83d\\ude00\\ud800\" }\n",
    "{\"cniVersion\":\"1.0.0\",\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.5/24\"}]},\"k\":\"\"}",
  };

  /// Pieces that turn one grammatical text into another more often than random bytes do.
  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "0",
    "-",
    ".",
    "e",
    "+",
    "true",
    "null",
    "\"k\":",
    "\"x\"",
    " ",
    "\t",
    "\u0000",
    "\u001f",
    "\u007f",
    "\u0080",
    "\u00c3",
    "\u00ed\u00a0\u0080",
    "\u00f0\u009f\u0098\u0080",
    "\u00f4\u0090\u0080\u0080",
    "\u00ef\u00bb\u00bf",
    "//",
    "'",
    "NaN",
    "1",
  };

  /// What a reader makes of a text; null stands for a refusal.
  private record Reading(List<String> stringsOfK) {}

  @Test
  void scan_mutatedDocuments_agreesWithJackson() {
    Random random = new Random(20_25);
    int accepted = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] text = mutated(random);
      Reading expected = jackson(text);
      assertThat(scanner(text, expected))
          .as("round %d: %s", round, new String(text, ISO_8859_1))
          .isEqualTo(expected);
      accepted += expected == null ? 0 : 1;
    }
    assertThat(accepted).as("both outcomes occur").isBetween(ROUNDS / 50, ROUNDS - ROUNDS / 50);
  }

  private static byte[] mutated(Random random) {
    String seed = SEEDS[random.nextInt(SEEDS.length)];
    StringBuilder text = new StringBuilder(new String(seed.getBytes(UTF_8), ISO_8859_1));
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(3));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, text.substring(at, end));
        case 2 -> text.insert(at, (char) random.nextInt(256));
        default -> text.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
      }
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  private static @Nullable Reading scanner(byte[] text, @Nullable Reading expected) {
    boolean twice = expected != null && expected.stringsOfK().size() > 1;
    try {
      RawJson k = JsonMembers.scan(text, twice ? List.of() : List.of("k")).get("k");
      return twice
          ? expected
          : new Reading(k == null || !k.isString() ? List.of() : List.of(k.string()));
    } catch (JsonScanner.SyntaxException e) {
      return null;
    }
  }

  private static @Nullable Reading jackson(byte[] bytes) {
    List<String> strings = new ArrayList<>();
    try (JsonParser parser =
        new JsonFactory()
            .createParser(
                ObjectReadContext.empty(),
                UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        boolean isK = parser.currentName().equals("k");
        if (parser.nextToken() == JsonToken.VALUE_STRING && isK) {
          strings.add(parser.getString());
        }
        parser.skipChildren();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
          parser.getString(); // Jackson is lazy: a string is checked when it is read or passed
        }
      }
      return parser.nextToken() == null ? new Reading(strings) : null;
    } catch (CharacterCodingException | JacksonException e) {
      return null;
    }
  }
}
