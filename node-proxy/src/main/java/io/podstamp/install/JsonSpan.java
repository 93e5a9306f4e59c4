package io.podstamp.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.podstamp.cni.JsonScanner;
import io.podstamp.cni.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a JSON value stands in a text: from its first byte to the one after its last.
@SuppressWarnings("ArrayRecordComponent") // shared, never changed; spans are never compared
record JsonSpan(byte[] text, int from, int to) {
  /// The one value that a text is.
  static JsonSpan of(byte[] text) throws UnusableException {
    JsonScanner scanner = new JsonScanner(text);
    try {
      scanner.peek();
      int from = scanner.at();
      scanner.value(0);
      JsonSpan span = new JsonSpan(text, from, scanner.at());
      if (scanner.peek() >= 0) {
        throw scanner.unexpected("the end");
      }
      return span;
    } catch (JsonScanner.SyntaxException e) {
      throw new UnusableException(e.getMessage() + "; the file is no JSON (maybe a comment in it)");
    }
  }

  boolean isObject() {
    return text[from] == '{';
  }

  boolean isArray() {
    return text[from] == '[';
  }

  /// The members of an object. Of two with one name the last counts, as it does for the runtimes.
  Map<String, JsonSpan> members() {
    Map<String, JsonSpan> members = new LinkedHashMap<>();
    JsonScanner scanner = new JsonScanner(text, from + 1);
    try {
      while (scanner.peek() != '}') {
        int start = scanner.at();
        scanner.string();
        String name = JsonText.decode(text, start, scanner.at());
        scanner.expect(':');
        members.put(name, next(scanner));
      }
    } catch (JsonScanner.SyntaxException e) {
      throw new IllegalStateException("a value that was scanned before", e);
    }
    return members;
  }

  /// The elements of an array.
  List<JsonSpan> elements() {
    List<JsonSpan> elements = new ArrayList<>();
    JsonScanner scanner = new JsonScanner(text, from + 1);
    try {
      while (scanner.peek() != ']') {
        elements.add(next(scanner));
      }
    } catch (JsonScanner.SyntaxException e) {
      throw new IllegalStateException("a value that was scanned before", e);
    }
    return elements;
  }

  /// A value and, when there is one, the comma after it.
  private JsonSpan next(JsonScanner scanner) throws JsonScanner.SyntaxException {
    scanner.peek();
    int start = scanner.at();
    scanner.value(1);
    JsonSpan span = new JsonSpan(text, start, scanner.at());
    if (scanner.peek() == ',') {
      scanner.expect(',');
    }
    return span;
  }

  /// The content of a string; null when it is something else.
  @Nullable String string() {
    return text[from] == '"' ? JsonText.decode(text, from, to) : null;
  }

  /// As it stands there.
  @Override
  public String toString() {
    return new String(text, from, to - from, UTF_8);
  }
}
