package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

/// JSON strings, to and from Java's.
public final class JsonText {
  private JsonText() {}

  /// Appends a string literal. Control characters and lone surrogates are escaped, so the result
  /// can always be sent as UTF-8.
  public static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || isLoneSurrogate(text, i)) {
        json.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          json.append(Character.forDigit(c >> shift & 0xf, 16));
        }
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  /// The content of a string literal that [JsonScanner] has accepted.
  ///
  /// @param from index of the opening quote
  /// @param to index after the closing quote
  public static String decode(byte[] json, int from, int to) {
    String raw = new String(json, from + 1, to - from - 2, UTF_8);
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    StringBuilder text = new StringBuilder(raw.length());
    int at = 0;
    while (at < raw.length()) {
      char c = raw.charAt(at);
      if (c != '\\') {
        text.append(c);
        at++;
      } else if (raw.charAt(at + 1) == 'u') {
        text.append((char) Integer.parseInt(raw, at + 2, at + 6, 16));
        at += 6;
      } else {
        text.append(meaning(raw.charAt(at + 1)));
        at += 2;
      }
    }
    return text.toString();
  }

  private static char meaning(char escape) {
    return switch (escape) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> escape;
    };
  }

  private static boolean isLoneSurrogate(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }
}
