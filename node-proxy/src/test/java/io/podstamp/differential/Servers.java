package io.podstamp.differential;

import io.podstamp.differential.peer.HttpPeer;
import io.podstamp.differential.peer.OutsidePeer;
import io.podstamp.differential.peer.Peers;
import io.podstamp.http1.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/// Shows the [Kinds] to all servers that can be had, as `scripts/e2e-servers.sh` runs it: prints a
/// row of docs/servers.md for each, and ends with 1 if one read what it must not.
final class Servers {
  private Servers() {}

  public static void main(String[] names) throws Exception {
    Set<String> only = Set.of(names);
    List<Kinds.Case> kinds = Kinds.cases().toList();
    boolean clean = true;
    System.out.printf(
        "| server | version | read, of %d, straight | through podstamp | without stamp, strict |%n|---|---|---|---|---|%n",
        kinds.size());
    for (OutsidePeer server : OutsidePeer.all()) {
      if (only.isEmpty() || only.contains(server.name())) {
        clean &= run(server.name(), server.version(), server::start, kinds);
      }
    }
    for (Peers server : Peers.values()) {
      if (only.isEmpty() || only.contains(server.name())) {
        clean &= run(server.name(), "as the build has it", server::start, kinds);
      }
    }
    System.exit(clean ? 0 : 1);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private interface Start {
    HttpPeer in(Path home) throws IOException;
  }

  private static boolean run(String name, String version, Start start, List<Kinds.Case> kinds)
      throws Exception {
    Path home = Files.createTempDirectory("peer");
    try {
      Trial.Found found = new Trial(start.in(home)).run(kinds);
      System.out.printf(
          "| %s | %s | %d | %d | %d |%n",
          name, version, found.direct().size(), found.forged().size(), found.bare().size());
      List<String> bad = new ArrayList<>(found.forged());
      bad.addAll(found.bare());
      bad.forEach(row -> System.err.println(name + ": " + row));
      return bad.isEmpty();
    } catch (IllegalStateException | ExecutionException e) {
      System.out.printf("| %s | %s | not run to the end: %s |%n", name, version, firstLine(e));
      return false;
    } finally {
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
