package io.podstamp.cni;

import java.io.Serial;

/// Walks over JSON text and says where each value ends; it builds nothing. Accepts exactly the
/// grammar of RFC 8259 in UTF-8, nested at most [#MAX_DEPTH] deep. An escaped lone surrogate is
/// grammatical, so it passes.
public final class JsonScanner {
  /// What the agent's JSON library accepts by default: whatever passes here can be read there.
  static final int MAX_DEPTH = 500;

  private final byte[] text;
  private int at;

  /// @param text not to be changed meanwhile
  public JsonScanner(byte[] text) {
    this(text, 0);
  }

  /// Starts in the midst of a text.
  public JsonScanner(byte[] text, int from) {
    this.text = text;
    this.at = from;
  }

  /// Text that is not JSON.
  public static final class SyntaxException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    SyntaxException(String message) {
      super(message);
    }
  }

  /// The index of the next byte.
  public int at() {
    return at;
  }

  /// The next byte after blanks, or -1 at the end.
  public int peek() {
    while (at < text.length) {
      byte c = text[at];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        return c & 0xff;
      }
      at++;
    }
    return -1;
  }

  /// Goes past a character that must come next.
  public void expect(char c) throws SyntaxException {
    if (peek() != c) {
      throw unexpected("'" + c + "'");
    }
    at++;
  }

  /// Goes past a value.
  ///
  /// @param depth how many arrays and objects it lies in
  public void value(int depth) throws SyntaxException {
    int c = peek();
    switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> {
        if (c != '-' && !isDigit(c)) {
          throw unexpected("a value");
        }
        number();
      }
    }
  }

  private void object(int depth) throws SyntaxException {
    requireShallow(depth);
    at++;
    if (peek() != '}') {
      while (true) {
        string();
        expect(':');
        value(depth + 1);
        if (peek() != ',') {
          break;
        }
        at++;
      }
    }
    expect('}');
  }

  private void array(int depth) throws SyntaxException {
    requireShallow(depth);
    at++;
    if (peek() != ']') {
      while (true) {
        value(depth + 1);
        if (peek() != ',') {
          break;
        }
        at++;
      }
    }
    expect(']');
  }

  private void requireShallow(int depth) throws SyntaxException {
    if (depth >= MAX_DEPTH) {
      throw new SyntaxException(
          "byte " + at + ": nested deeper than " + MAX_DEPTH + " arrays and objects");
    }
  }

  /// Goes past a string.
  public void string() throws SyntaxException {
    expect('"');
    while (true) {
      int c = next("'\"'");
      if (c == '"') {
        return;
      }
      if (c == '\\') {
        escape();
      } else if (c >= 0x80) {
        sequence(c);
      } else if (c < ' ') {
        at--;
        throw unexpected("no bare control character in a string");
      }
    }
  }

  private void escape() throws SyntaxException {
    switch (next("an escape")) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {}
      case 'u' -> {
        for (int i = 0; i < 4; i++) {
          int c = next("a hexadecimal digit");
          if (!isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')) {
            at--;
            throw unexpected("a hexadecimal digit");
          }
        }
      }
      default -> {
        at--;
        throw unexpected("an escape");
      }
    }
  }

  /// The rest of a UTF-8 sequence. RFC 3629, section 4: the bounds of the second byte shut out
  /// overlong forms, surrogates and what lies beyond U+10FFFF.
  private void sequence(int first) throws SyntaxException {
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    int rest = first < 0xc2 || first > 0xf4 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (rest < 0) {
      at--;
      throw unexpected("UTF-8");
    }
    for (int i = 0; i < rest; i++) {
      int c = next("UTF-8");
      if (c < low || c > high) {
        at--;
        throw unexpected("UTF-8");
      }
      low = 0x80;
      high = 0xbf;
    }
  }

  private void number() throws SyntaxException {
    if (text[at] == '-') {
      at++;
    }
    if (at < text.length && text[at] == '0') {
      at++;
    } else {
      digits();
    }
    if (at < text.length && text[at] == '.') {
      at++;
      digits();
    }
    if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      if (at < text.length && (text[at] == '+' || text[at] == '-')) {
        at++;
      }
      digits();
    }
  }

  private void digits() throws SyntaxException {
    int start = at;
    while (at < text.length && isDigit(text[at])) {
      at++;
    }
    if (at == start) {
      throw unexpected("a digit");
    }
  }

  private void word(String word) throws SyntaxException {
    for (int i = 0; i < word.length(); i++) {
      if (at == text.length || text[at] != word.charAt(i)) {
        throw unexpected(word);
      }
      at++;
    }
  }

  private int next(String expected) throws SyntaxException {
    if (at == text.length) {
      throw unexpected(expected);
    }
    return text[at++] & 0xff;
  }

  /// Names the byte at hand and what should stand there.
  public SyntaxException unexpected(String expected) {
    if (at >= text.length) {
      return new SyntaxException("ends after " + at + " bytes (expected: " + expected + ")");
    }
    int c = text[at] & 0xff;
    String found = c > ' ' && c < 0x7f ? "'" + (char) c + "'" : "0x" + Integer.toHexString(c);
    return new SyntaxException("byte " + at + ": " + found + " (expected: " + expected + ")");
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
