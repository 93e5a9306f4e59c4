package io.podstamp.cni;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The members of one JSON object that somebody asked for. Of the others only the grammar is looked
/// at, so the memory taken does not depend on how many there are.
final class JsonMembers {
  private final List<String> names = new ArrayList<>();
  private final List<RawJson> values = new ArrayList<>();

  private JsonMembers() {}

  /// Scans a text that must be one object and nothing else.
  ///
  /// @param wanted the names to keep; names are compared after unescaping
  /// @throws JsonScanner.SyntaxException when the text is not that, or has a wanted member twice
  static JsonMembers scan(byte[] text, List<String> wanted) throws JsonScanner.SyntaxException {
    JsonMembers members = new JsonMembers();
    JsonScanner scanner = new JsonScanner(text);
    scanner.expect('{');
    if (scanner.peek() != '}') {
      while (true) {
        members.member(scanner, text, wanted);
        if (scanner.peek() != ',') {
          break;
        }
        scanner.expect(',');
      }
    }
    scanner.expect('}');
    if (scanner.peek() >= 0) {
      throw scanner.unexpected("the end");
    }
    return members;
  }

  private void member(JsonScanner scanner, byte[] text, List<String> wanted)
      throws JsonScanner.SyntaxException {
    scanner.peek();
    int start = scanner.at();
    scanner.string();
    String name = JsonText.decode(text, start, scanner.at());
    scanner.expect(':');
    scanner.peek();
    int from = scanner.at();
    scanner.value(1);
    if (!wanted.contains(name)) {
      return;
    }
    if (names.contains(name)) {
      throw new JsonScanner.SyntaxException("byte " + start + ": " + name + " comes twice");
    }
    names.add(name);
    values.add(new RawJson(Arrays.copyOfRange(text, from, scanner.at())));
  }

  /// The value of a wanted member; null when it is absent or `null`, which mean the same to CNI.
  @Nullable RawJson get(String name) {
    int index = names.indexOf(name);
    return index < 0 || values.get(index).isNull() ? null : values.get(index);
  }
}
