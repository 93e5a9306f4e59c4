package io.podstamp.differential;

import io.podstamp.differential.peer.HttpPeer;
import io.podstamp.differential.peer.OutsidePeer;
import io.podstamp.differential.peer.Peers;
import io.podstamp.http1.Kinds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Shows the [Kinds] to all servers that can be had, as `scripts/e2e-servers.sh` runs it: prints a
/// row of docs/servers.md for each, and ends with 1 if one read what it must not, or was not run to
/// the end.
final class Servers {
  /// A server takes half a minute; one that serves a connection after the other takes four.
  private static final Duration LIMIT = Duration.ofMinutes(8);

  private Servers() {}

  private record Server(String name, String without, Callable<String> version, Start start) {}

  private interface Start {
    HttpPeer in(Path home) throws IOException;
  }

  public static void main(String[] names) throws Exception {
    Set<String> only = Set.of(names);
    List<Kinds.Case> kinds = Kinds.cases().toList();
    System.out.printf(
        "| server | version | read, of %d, straight | through podstamp | without stamp, strict |%n|---|---|---|---|---|%n",
        kinds.size());
    int tried = 0;
    int clean = 0;
    for (Server server : all()) {
      if (only.isEmpty() || only.contains(server.name)) {
        tried++;
        clean += isClean(server, kinds) ? 1 : 0;
      }
    }
    System.err.printf("%d servers tried, %d of them read nothing forged%n", tried, clean);
    System.exit(tried > 0 && clean == tried ? 0 : 1);
  }

  private static List<Server> all() throws IOException {
    List<Server> all = new ArrayList<>();
    for (OutsidePeer peer : OutsidePeer.all()) {
      all.add(new Server(peer.name(), peer.without(), peer::version, peer::start));
    }
    for (Peers peer : Peers.values()) {
      all.add(new Server(peer.name(), "-", () -> "as the build has it", peer::start));
    }
    return all;
  }

  private static boolean isClean(Server server, List<Kinds.Case> kinds)
      throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("peer");
    List<Kinds.Case> shown =
        kinds.stream().filter(kind -> !kind.name().equals(server.without)).toList();
    try {
      String version = within(server.version);
      Trial.Found found = within(() -> new Trial(server.start.in(home)).run(shown));
      System.out.printf(
          "| %s | %s | %d | %d | %d |%n",
          server.name, version, found.direct().size(), found.forged().size(), found.bare().size());
      List<String> bad = new ArrayList<>(found.forged());
      bad.addAll(found.bare());
      bad.forEach(row -> System.err.println(server.name + ": " + Corpus.escape(row)));
      return bad.isEmpty();
    } catch (TimeoutException e) {
      System.out.printf("| %s | not run to the end in %s |%n", server.name, LIMIT);
      return false;
    } catch (ExecutionException e) {
      System.out.printf("| %s | not run to the end: %s |%n", server.name, firstLine(e.getCause()));
      return false;
    } finally {
      delete(home);
    }
  }

  /// One server that hangs, or that no row can be made of, must not keep the next from being tried.
  private static <T> T within(Callable<T> task)
      throws ExecutionException, InterruptedException, TimeoutException {
    FutureTask<T> future = new FutureTask<>(task);
    Thread.ofVirtual().start(future);
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } finally {
      future.cancel(true);
    }
  }

  private static String firstLine(@Nullable Throwable cause) {
    return String.valueOf(cause).lines().findFirst().orElse("");
  }

  /// What a server that was ended still writes may be gone before it is deleted.
  private static void delete(Path home) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      // A file went while the folder was walked.
    }
  }
}
