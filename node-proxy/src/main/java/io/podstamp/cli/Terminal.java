package io.podstamp.cli;

import io.podstamp.os.Program;
import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Scanner;

/// Where output goes, as far as it matters for how it looks. Colours and redrawing are for people
/// at a terminal only: a file or a pipe gets plain lines.
///
/// @param interactive whether somebody sits there
/// @param colours whether to use them; `NO_COLOR` (no-color.org) and `TERM=dumb` forbid it
/// @param rows how many fit; [Integer#MAX_VALUE] when that is not known
/// @param columns likewise
record Terminal(boolean interactive, boolean colours, int rows, int columns) {
  private static final Duration STTY_LIMIT = Duration.ofSeconds(1);

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

  private static int[] size() {
    int[] unknown = {Integer.MAX_VALUE, Integer.MAX_VALUE};
    try {
      Program.Result stty =
          Program.run(
              new ProcessBuilder("stty", "size")
                  .redirectInput(Redirect.from(new File("/dev/tty")))
                  .redirectError(Redirect.DISCARD),
              null,
              STTY_LIMIT);
      try (Scanner numbers = new Scanner(stty.output())) {
        int[] size = {numbers.nextInt(), numbers.nextInt()};
        return size[0] > 0 && size[1] > 0 ? size : unknown;
      }
    } catch (IOException | RuntimeException e) {
      return unknown;
    }
  }
}
