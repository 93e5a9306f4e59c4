package io.podstamp.differential;

import io.podstamp.differential.peer.Peers;
import io.podstamp.differential.peer.SeenRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Where servers read fewer requests than were stamped, and why that is no disagreement about where
/// requests end: they refuse, or end the connection.
///
/// What holds for single rows is data: `corpus/tolerated.txt`.
final class Tolerated {
  private static final List<Difference> DIFFERENCES = differences();

  /// What a server does with every request of a kind, in generated rows, too.
  private static final List<Habit> HABITS =
      List.of(
          new Habit(
              Set.of(Peers.PYTHON, Peers.WSGI),
              Pattern.compile("^\r\n|\r\n\r\n\r\n"),
              "http.server ends a connection at an empty line before a request"),
          new Habit(
              Set.of(Peers.PYTHON),
              Pattern.compile("(?i)\r\ntransfer-encoding:"),
              "http.server leaves chunked bodies to its user, which here ends the connection"),
          new Habit(
              Set.of(Peers.JDK),
              Pattern.compile("\r\n0+(;[^\r]*)?\r\n[^\r]"),
              "the JDK's server ends a connection at a trailer"));

  private record Habit(Set<Peers> servers, Pattern bytes, String why) {}

  /// One entry of the file.
  record Difference(String row, Set<Peers> servers, String why) {}

  private Tolerated() {}

  /// A line at the margin says why, the indented lines below it `row: SERVER SERVER…`.
  static List<Difference> differences() {
    List<Difference> differences = new ArrayList<>();
    String why = "";
    for (String line : Corpus.lines("tolerated.txt")) {
      if (!line.startsWith("  ")) {
        why = line;
        continue;
      }
      int colon = line.lastIndexOf(':');
      Set<Peers> servers =
          Arrays.stream(line.substring(colon + 1).strip().split(" "))
              .map(Peers::valueOf)
              .collect(Collectors.toCollection(() -> EnumSet.noneOf(Peers.class)));
      differences.add(new Difference(line.substring(2, colon), servers, why));
    }
    return differences;
  }

  /// Bytes behind a TLS ClientHello pass in both profiles until the server's first byte shows what
  /// it speaks: a server that skips the hello has read what follows by then. Nothing in it is
  /// forged. Of HTTP/2 the preface passes, which is a request to who does not know it.
  static boolean bare(Row row, SeenRequest request) {
    return row.name().equals("TLS ClientHello, then HTTP without our names")
        || (request.method().equals("PRI") && request.target().equals("*"));
  }

  static boolean fewer(Peers server, Row row, String upstream) {
    return DIFFERENCES.stream()
            .anyMatch(known -> known.row.equals(row.name()) && known.servers.contains(server))
        || HABITS.stream()
            .anyMatch(
                habit -> habit.servers.contains(server) && habit.bytes.matcher(upstream).find());
  }
}
