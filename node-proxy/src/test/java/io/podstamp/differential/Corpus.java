package io.podstamp.differential;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads rows from a text file. A line at the margin names a row, the indented lines after it are
/// its bytes, `#` begins a comment.
///
/// Line ends of the file mean nothing: a row says `\r`, `\n`, `\t`, `\s` (a blank at an end), `\0`
/// and `\xHH` where it means them, `\{9*ab}` for nine times `ab`, and `\E` for a whole request with
/// forged names.
final class Corpus {
  /// What an attacker wants a server to read.
  static final String EVIL =
      String.join(
          "\r\n",
          "GET /evil HTTP/1.1",
          "Host: a",
          "X-Client-Hostname: evil",
          "X_Client.Hostname: evil",
          "X-Forwarded-For: evil",
          "X-Secret: evil",
          "X-App: evil",
          "",
          "");

  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:([rnts0E\\\\])|x(\\p{XDigit}{2})|\\{(\\d+)\\*([^}]*)})");

  private static final Pattern RUN = Pattern.compile("([^\\\\])\\1{30,}");

  private Corpus() {}

  static List<Row> read(String file) {
    List<Row> rows = new ArrayList<>();
    String name = "";
    StringBuilder bytes = new StringBuilder();
    for (String line : lines(file)) {
      if (line.startsWith("  ")) {
        bytes.append(unescape(line.substring(2)));
        continue;
      }
      if (!bytes.isEmpty()) {
        rows.add(new Row(name, bytes.toString(), false));
      }
      name = line;
      bytes.setLength(0);
    }
    rows.add(new Row(name, bytes.toString(), false));
    return rows;
  }

  /// The lines that say something.
  static List<String> lines(String file) {
    return text(file).lines().filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
  }

  private static String text(String file) {
    String path = "corpus/" + file;
    try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(path), path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static String unescape(String text) {
    return ESCAPE.matcher(text).replaceAll(escape -> Matcher.quoteReplacement(meaning(escape)));
  }

  private static String meaning(MatchResult escape) {
    if (escape.group(2) != null) {
      return Character.toString(Integer.parseInt(escape.group(2), 16));
    }
    if (escape.group(3) != null) {
      return unescape(escape.group(4)).repeat(Integer.parseInt(escape.group(3)));
    }
    return switch (escape.group(1)) {
      case "r" -> "\r";
      case "n" -> "\n";
      case "t" -> "\t";
      case "s" -> " ";
      case "0" -> "\0";
      case "E" -> EVIL;
      default -> "\\";
    };
  }

  /// The other way round, for messages.
  static String escape(String bytes) {
    StringBuilder text = new StringBuilder();
    for (char c : bytes.replace(EVIL, "\uffff").toCharArray()) {
      switch (c) {
        case '\uffff' -> text.append("\\E");
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\\' -> text.append("\\\\");
        default ->
            text.append(
                c >= ' ' && c < 0x7f ? Character.toString(c) : "\\x%02x".formatted((int) c));
      }
    }
    return RUN.matcher(text)
        .replaceAll(
            run ->
                Matcher.quoteReplacement("\\{" + run.group().length() + "*" + run.group(1) + "}"));
  }
}
