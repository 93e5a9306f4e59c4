package io.podstamp.receivers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A row of docs/receivers.csv: what one receiver in one setting takes for the client's address.
///
/// @param set of a request with mode `set`: `pod`, `node`, `forged` or `text`
/// @param append the same behind a forged element
/// @param preferred names that beat X-Forwarded-For in that setting
/// @param right the setting in which it takes the Pod's address both ways; empty if there is none
/// @param oneMoreHop the same behind one more proxy
/// @param runBy what runs it in this project; empty if it was seen elsewhere
record Receiver(
    String name,
    String version,
    String setting,
    String set,
    String append,
    List<String> preferred,
    String right,
    String oneMoreHop,
    String runBy) {
  static final Path TABLE = Path.of("../docs/receivers.csv");

  static List<Receiver> all() throws IOException {
    return Files.readAllLines(TABLE).stream().skip(1).map(Receiver::of).toList();
  }

  /// The only row of that name.
  static Receiver named(String name) throws IOException {
    List<Receiver> rows = all().stream().filter(row -> row.name.equals(name)).toList();
    if (rows.size() != 1) {
      throw new IOException(name + ": " + rows.size() + " rows (expected: one)");
    }
    return rows.getFirst();
  }

  private static Receiver of(String line) {
    List<String> cells = cells(line);
    if (cells.size() != 9) {
      throw new IllegalArgumentException(line + ": " + cells.size() + " cells (expected: 9)");
    }
    return new Receiver(
        cells.get(0),
        cells.get(1),
        cells.get(2),
        cells.get(3),
        cells.get(4),
        cells.get(5).isEmpty() ? List.of() : List.of(cells.get(5).split(" ")),
        cells.get(6),
        cells.get(7),
        cells.get(8));
  }

  /// Of RFC 4180, without line ends in cells.
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        boolean escaped = quoted && i + 1 < line.length() && line.charAt(i + 1) == '"';
        if (escaped) {
          cell.append(c);
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
