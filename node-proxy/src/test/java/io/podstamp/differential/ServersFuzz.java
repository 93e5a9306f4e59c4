package io.podstamp.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.podstamp.config.Profile;
import io.podstamp.differential.peer.HttpPeer;
import io.podstamp.differential.peer.Peers;
import io.podstamp.differential.peer.SeenRequest;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/// Fuzz target: whatever leaves the data path is shown to the servers of this JVM, and none of them
/// reads a forged name. `scripts/fuzz.sh` runs it.
///
/// What leaves without the forged value cannot be read as forged: it is not sent on, so that almost
/// all inputs cost no connection.
public final class ServersFuzz {
  private static final List<Peers> SERVERS =
      List.of(
          Peers.NETTY,
          Peers.JDK,
          Peers.JETTY,
          Peers.UNDERTOW,
          Peers.GRIZZLY,
          Peers.HELIDON,
          Peers.NANO,
          Peers.HTTPCORE,
          Peers.SIMPLE);

  private static final List<HttpPeer> RUNNING = new ArrayList<>();
  private static final int MILLIS_TO_READ = 40;
  private static int sent;

  private ServersFuzz() {}

  /// Called by Jazzer once.
  public static void fuzzerInitialize() throws IOException {
    for (Peers server : SERVERS) {
      RUNNING.add(server.start(Files.createTempDirectory("peer")));
    }
  }

  /// Without Jazzer: so many rows of [Grammar] and [Mutator], in both profiles.
  public static void main(String[] rows) throws IOException {
    fuzzerInitialize();
    int count = Integer.parseInt(rows[0]);
    List<Row> all =
        new ArrayList<>(new Mutator(Long.getLong("podstamp.differential.seed", 1), count).rows());
    all.addAll(new Grammar().rows());
    for (Row row : all) {
      for (String profile : List.of("\0", "\1")) {
        fuzzerTestOneInput((profile + row.bytes()).getBytes(ISO_8859_1));
      }
    }
    System.out.println(
        2 * all.size() + " connections, " + sent + " of them sent on to each server");
    System.exit(0);
  }

  /// The first byte chooses the profile.
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length < 2) {
      return;
    }
    Profile profile = (data[0] & 1) == 0 ? Profile.TRANSPARENT : Profile.STRICT;
    Passage passage = Passage.of(new String(data, 1, data.length - 1, ISO_8859_1), profile);
    if (!passage.upstream().contains("evil")) {
      return;
    }
    sent++;
    for (HttpPeer server : RUNNING) {
      int before = server.seen().size();
      show(server, passage.upstream());
      List<SeenRequest> seen = server.seen();
      for (SeenRequest request : seen.subList(before, seen.size())) {
        if (isForged(request)) {
          throw new AssertionError(
              "%s read %s of %s".formatted(server, request, Corpus.escape(passage.upstream())));
        }
      }
    }
  }

  private static void show(HttpPeer server, String bytes) throws IOException {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.setSoTimeout(MILLIS_TO_READ);
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      byte[] answer = new byte[8192];
      while (socket.getInputStream().read(answer) >= 0) {
        // Until it is quiet, or ends.
      }
    } catch (IOException e) {
      // Quiet, or reset.
    }
  }

  private static boolean isForged(SeenRequest request) {
    return request.headers().stream()
        .anyMatch(
            header ->
                header.value().contains("evil")
                    && header
                        .name()
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9]", "-")
                        .equals("x-client-hostname"));
  }
}
