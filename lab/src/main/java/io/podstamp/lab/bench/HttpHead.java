package io.podstamp.lab.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The head of a request or an answer, without its empty line.
record HttpHead(String text) {

  /// @throws EOFException if the stream ends before the empty line
  static HttpHead read(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("after \"" + text + "\"");
      }
      text.append((char) next);
    }
    return new HttpHead(text.toString());
  }

  static HttpHead of(byte[] bytes, int length) {
    return new HttpHead(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
  }

  /// The request line or the status line.
  String first() {
    return text.lines().findFirst().orElse("");
  }

  /// The value of a field.
  ///
  /// @param name in lower case
  /// @return empty if there is none
  String field(String name) {
    return text.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  /// The length of the body of a good answer.
  ///
  /// @throws IOException if it is another answer
  long lengthOf200() throws IOException {
    if (!first().startsWith("HTTP/1.1 200 ")) {
      throw new IOException("answered with " + first());
    }
    return Long.parseLong(field("content-length"));
  }
}
