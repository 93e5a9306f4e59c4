package io.podstamp.http1;

import io.podstamp.stamp.Octets;
import org.jspecify.annotations.Nullable;

/// The grammar of chunk extensions, a byte at a time (RFC 9112, section 7.1.1):
///
/// ```
///   *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
/// ```
///
/// The line end is the caller's; inside quotes there is none.
final class ChunkExtension {
  private enum State {
    BEFORE_NAME,
    NAME,
    AFTER_NAME,
    BEFORE_VALUE,
    VALUE,
    QUOTED,
    ESCAPED,
    AFTER_VALUE
  }

  private State state = State.BEFORE_NAME;

  /// The `;` after the size was read.
  void begin() {
    state = State.BEFORE_NAME;
  }

  /// Whether the line may end here.
  boolean mayEnd() {
    return switch (state) {
      case BEFORE_NAME, BEFORE_VALUE, QUOTED, ESCAPED -> false;
      case NAME, AFTER_NAME, VALUE, AFTER_VALUE -> true;
    };
  }

  /// Reads on.
  ///
  /// @return false when the byte does not belong there
  boolean take(byte b) {
    State next =
        switch (state) {
          case BEFORE_NAME -> Octets.isToken(b) ? State.NAME : blank(b, State.BEFORE_NAME);
          case NAME -> Octets.isToken(b) ? State.NAME : afterName(b);
          case AFTER_NAME -> afterName(b);
          case BEFORE_VALUE ->
              b == '"'
                  ? State.QUOTED
                  : Octets.isToken(b) ? State.VALUE : blank(b, State.BEFORE_VALUE);
          case VALUE -> Octets.isToken(b) ? State.VALUE : afterValue(b);
          case QUOTED -> b == '"' ? State.AFTER_VALUE : b == '\\' ? State.ESCAPED : text(b);
          case ESCAPED -> text(b);
          case AFTER_VALUE -> afterValue(b);
        };
    if (next == null) {
      return false;
    }
    state = next;
    return true;
  }

  private static @Nullable State afterName(byte b) {
    return b == '='
        ? State.BEFORE_VALUE
        : b == ';' ? State.BEFORE_NAME : blank(b, State.AFTER_NAME);
  }

  private static @Nullable State afterValue(byte b) {
    return b == ';' ? State.BEFORE_NAME : blank(b, State.AFTER_VALUE);
  }

  private static @Nullable State blank(byte b, State stays) {
    return Octets.isBlank(b) ? stays : null;
  }

  /// `qdtext` and what may be escaped: no control character but TAB.
  private static @Nullable State text(byte b) {
    int c = b & 0xff;
    return b == '\t' || (c >= ' ' && c != 0x7f) ? State.QUOTED : null;
  }
}
