package io.podstamp.cni;

/// The characters that names may have, as libcni checks them (`pkg/utils/utils.go`). Written out,
/// because the first regular expression of a JVM costs milliseconds.
final class CniName {
  /// What [#isIdentifier] accepts, for messages.
  static final String IDENTIFIER = "a letter or digit, then letters, digits, '_', '.' or '-'";

  /// What [#isInterface] accepts, for messages.
  static final String INTERFACE = "1 to 15 bytes, not '.' or '..', no '/', ':' or blank";

  /// Linux, `IFNAMSIZ` less the final NUL.
  private static final int MAX_INTERFACE = 15;

  private CniName() {}

  /// A container id or a network name: `^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$`.
  static boolean isIdentifier(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && (i == 0 || (c != '_' && c != '.' && c != '-'))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /// A network interface: what `dev_valid_name` of the kernel accepts (net/core/dev.c).
  static boolean isInterface(String text) {
    if (text.isEmpty() || text.equals(".") || text.equals("..")) {
      return false;
    }
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '/' || c == ':' || Character.isWhitespace(c) || Character.isISOControl(c)) {
        return false;
      }
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
    return bytes <= MAX_INTERFACE;
  }
}
