package io.podstamp.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// One value of a YAML document (JSON is YAML), with the name it has in messages, such as
/// `headers[1].mode`. A value that does not fit is reported, and reading goes on without it.
///
/// @param value null where the document has nothing
record Document(String name, @Nullable JsonNode value, Problems problems) {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// @param name of the whole, for mistakes in the syntax
  static Document parse(String name, String text, Problems problems) {
    try {
      JsonNode root = tree(text);
      boolean nothing = root == null || root.isMissingNode() || root.isNull();
      return new Document(name, nothing ? null : root, problems);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      String where = at == null ? "" : "line " + at.getLineNr() + ", ";
      problems.add(
          name,
          where + sentences(e.getOriginalMessage()) + " (expected: one document of YAML or JSON)");
      return new Document(name, null, problems);
    }
  }

  /// A value that is text already, as an annotation is.
  static Document ofText(String name, String text, Problems problems) {
    return new Document(name, StringNode.valueOf(text.strip()), problems);
  }

  boolean isList() {
    return value != null && value.isArray();
  }

  boolean isMapping() {
    return value != null && value.isObject();
  }

  /// A member that must be there: one without a value if it is not.
  Document member(Map<String, Document> members, String key) {
    return members.getOrDefault(key, new Document(name + "." + key, null, problems));
  }

  /// The members of a mapping; keys that are not among `known` are reported.
  Map<String, Document> members(String prefix, List<String> known) {
    Map<String, Document> members = new LinkedHashMap<>();
    if (value == null) {
      return members;
    }
    if (!value.isObject()) {
      reject("a mapping with the keys " + String.join(", ", known));
      return members;
    }
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      String key = property.getKey();
      Document member = new Document(prefix + key, property.getValue(), problems);
      if (known.contains(key)) {
        members.put(key, member);
      } else {
        problems.add(member.name, "unknown key (expected: " + hint(key, known) + ")");
      }
    }
    return members;
  }

  /// The members of a mapping, whatever their keys; none if it is no mapping.
  List<Document> members(String expected) {
    List<Document> members = new ArrayList<>();
    if (value == null || !value.isObject()) {
      reject(expected);
      return members;
    }
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      members.add(new Document(name + "." + property.getKey(), property.getValue(), problems));
    }
    return members;
  }

  /// Takes a member out of a mapping; null if it has none of the name.
  @Nullable Document take(String key) {
    return value instanceof ObjectNode mapping && mapping.has(key)
        ? new Document(key, mapping.remove(key), problems)
        : null;
  }

  /// Whether it is one of the words.
  boolean word(List<String> words) {
    boolean known = value != null && value.isString() && words.contains(value.stringValue());
    if (!known) {
      reject(String.join(" or ", words));
    }
    return known;
  }

  /// Whether it is this word.
  boolean isWord(String word) {
    return word().equals(word);
  }

  /// The elements of a list; none if it is no list.
  List<Document> elements(String expected) {
    List<Document> elements = new ArrayList<>();
    if (value == null || !value.isArray()) {
      reject(expected);
      return elements;
    }
    for (JsonNode element : value) {
      elements.add(new Document(name + "[" + elements.size() + "]", element, problems));
    }
    return elements;
  }

  /// Text; a bare number or word such as `true` is not text, so that nothing is changed on the way.
  @Nullable String text(String expected) {
    if (value == null || !value.isString()) {
      reject(expected);
      return null;
    }
    return value.stringValue();
  }

  /// What the parser makes of the text; null if it refuses by an [IllegalArgumentException], whose
  /// message has its own `(expected: …)`.
  <T> @Nullable T parsed(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      problems.add(name, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /// A whole number in a range.
  @Nullable Integer number(int least, int most, String expected) {
    if (value == null
        || !value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > most) {
      reject(expected);
      return null;
    }
    return value.intValue();
  }

  /// A word; YAML has some without quotes for truth values. Empty for anything else.
  private String word() {
    if (value == null) {
      return "";
    }
    return value.isBoolean()
        ? String.valueOf(value.booleanValue())
        : value.isString() ? value.stringValue() : "";
  }

  /// One of an enum's constants, in any case, `_` written `-`; `fallback` if it is none of them.
  <E extends Enum<E>> E choice(Class<E> type, E fallback) {
    String word = word().toLowerCase(Locale.ROOT);
    for (E choice : type.getEnumConstants()) {
      if (Labels.dashed(choice).equals(word)) {
        return choice;
      }
    }
    reject(
        Arrays.stream(type.getEnumConstants())
            .map(Labels::dashed)
            .collect(Collectors.joining(" or ")));
    return fallback;
  }

  /// `true` or `false`; empty if it is neither.
  Optional<Boolean> truth() {
    String word = word();
    if ("true".equalsIgnoreCase(word) || "false".equalsIgnoreCase(word)) {
      return Optional.of(Boolean.valueOf(word));
    }
    reject("true or false");
    return Optional.empty();
  }

  void reject(String expected) {
    problems.add(name, shown(), expected);
  }

  private String shown() {
    if (value == null) {
      return "nothing";
    }
    return value.isString() ? "'" + value.stringValue() + "'" : value.toString();
  }

  static String hint(String key, Collection<String> known) {
    String all = "one of " + String.join(", ", known);
    return known.stream()
        .filter(
            candidate -> isNear(candidate.toLowerCase(Locale.ROOT), key.toLowerCase(Locale.ROOT)))
        .findFirst()
        .map(near -> all + "; maybe " + near)
        .orElse(all);
  }

  /// Whether one is the other's beginning, or they differ in at most two places.
  private static boolean isNear(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()] <= 2 || (b.length() > 2 && (a.startsWith(b) || b.startsWith(a)));
  }

  /// JSON is YAML but for one thing: it may be indented with tabs.
  private static @Nullable JsonNode tree(String text) {
    if (text.startsWith("[") || text.startsWith("{")) {
      try {
        return JSON.readTree(text);
      } catch (JacksonException e) {
        return YAML.readTree(text);
      }
    }
    return YAML.readTree(text);
  }

  /// The sentences of a message, without the excerpts below them, which are indented.
  private static String sentences(String message) {
    return message.lines().filter(line -> !line.startsWith(" ")).collect(Collectors.joining(", "));
  }
}
