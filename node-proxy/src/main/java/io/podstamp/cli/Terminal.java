package io.podstamp.cli;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Tty;
import java.io.Console;
import java.util.Map;
import java.util.Optional;

/// Where output goes, as far as it matters for how it looks. Colours and redrawing are for people
/// at a terminal only: a file or a pipe gets plain lines.
///
/// @param interactive whether somebody sits there
/// @param colours whether to use them; `NO_COLOR` (no-color.org) and `TERM=dumb` forbid it
/// @param rows how many fit; [Integer#MAX_VALUE] when that is not known
/// @param columns likewise
record Terminal(boolean interactive, boolean colours, int rows, int columns) {
  private static final int STDOUT = 1;

  /// A file, or a pipe.
  static final Terminal NONE = new Terminal(false, false, Integer.MAX_VALUE, Integer.MAX_VALUE);

  /// What a colour means.
  enum Tone {
    GOOD("\033[32m"),
    WARNING("\033[33m"),
    BAD("\033[31m"),
    FAINT("\033[2m"),
    STRONG("\033[1m");

    private final String code;

    Tone(String code) {
      this.code = code;
    }
  }

  /// What this process writes to.
  static Terminal here() {
    return Optional.ofNullable(System.console())
        .filter(Console::isTerminal)
        .map(console -> of(System.getenv(), size()))
        .orElse(NONE);
  }

  static Terminal of(Map<String, String> environment, int[] size) {
    boolean dumb = environment.getOrDefault("TERM", "dumb").equals("dumb");
    boolean refused = !environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Terminal(!dumb, !dumb && !refused, size[0], size[1]);
  }

  String paint(Tone tone, String text) {
    return colours ? tone.code + text + "\033[0m" : text;
  }

  /// Text from elsewhere without what a terminal would act upon.
  static String plain(String text) {
    return text.replaceAll("[\\p{Cc}&&[^\\n]]", "?");
  }

  /// What fits into one line of it.
  String cut(String line) {
    return line.length() <= columns ? line : line.substring(0, Math.max(0, columns - 1)) + "…";
  }

  private static int[] size() {
    try {
      Tty.Size size = Tty.size(STDOUT);
      if (size.rows() > 0 && size.columns() > 0) {
        return new int[] {size.rows(), size.columns()};
      }
    } catch (ErrnoException e) {
      // It is none.
    }
    return new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE};
  }
}
