package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// A JSON value exactly as it came: grammatical, not interpreted.
///
/// @param bytes the text from its first to its last byte, no blanks around it; not to be changed
@SuppressWarnings("ArrayRecordComponent") // shared, never changed; equals looks at the content
public record RawJson(byte[] bytes) {
  boolean isNull() {
    return bytes[0] == 'n';
  }

  boolean isObject() {
    return bytes[0] == '{';
  }

  boolean isArray() {
    return bytes[0] == '[';
  }

  boolean isString() {
    return bytes[0] == '"';
  }

  /// The content of a string literal; ask [#isString] first.
  String string() {
    return JsonText.decode(bytes, 0, bytes.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RawJson that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return new String(bytes, UTF_8);
  }
}
