package io.podstamp.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.differential.peer.HttpPeer;
import io.podstamp.differential.peer.Peers;
import io.podstamp.differential.peer.SeenRequest;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Real servers read what the stamper lets through: as many requests as were stamped out of the
/// bytes that are certain, and never a forged name.
@Timeout(600)
class DifferentialTest {
  private static final int AT_ONCE = 24;
  private static final List<Row> CORPUS =
      Stream.of("certain.txt", "framing.txt", "chunks.txt", "lines.txt", "starts.txt")
          .flatMap(file -> Corpus.read(file).stream())
          .toList();

  @TempDir Path home;

  /// One connection's bytes with every row and profile that leads to them.
  private record Delivery(Passage passage, Client client, List<Judge> judges) {}

  /// The others are judged by [ForgeriesTest] alone.
  static Stream<Peers> listed() {
    return Stream.of(Peers.values()).filter(Peers::refusesAsListed);
  }

  @Test
  void corpus_hasEveryNameOnce() {
    assertThat(CORPUS).extracting(Row::name).doesNotHaveDuplicates().hasSizeGreaterThan(100);
  }

  @Test
  void toleratedDifferences_areOfRowsThatExist() {
    assertThat(CORPUS)
        .extracting(Row::name)
        .containsAll(Tolerated.differences().stream().map(Tolerated.Difference::row).toList());
  }

  @ParameterizedTest
  @MethodSource("listed")
  void corpus_isReadAlike_andNothingForgedIsRead(Peers server) throws Exception {
    assertThat(String.join("\n", violations(server, CORPUS))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("listed")
  void mutatedRequests_areReadAlike_andNothingForgedIsRead(Peers server) throws Exception {
    Mutator mutator = Mutator.configured();
    assertThat(String.join("\n", violations(server, mutator.rows()))).as("%s", mutator).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("listed")
  void forgedRequests_areNeverRead(Peers server) throws Exception {
    Grammar grammar = new Grammar();
    assertThat(String.join("\n", violations(server, grammar.rows()))).as("%s", grammar).isEmpty();
  }

  private List<String> violations(Peers server, List<Row> rows) throws Exception {
    List<Delivery> deliveries = deliveries(server, rows);
    HttpPeer peer = server.start(home);
    List<Future<String>> answers;
    try (peer;
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Semaphore free = new Semaphore(AT_ONCE);
      answers =
          deliveries.stream()
              .map(
                  delivery ->
                      threads.submit(
                          () -> {
                            free.acquire();
                            try {
                              return delivery.client.send(peer.address(), delivery.passage);
                            } finally {
                              free.release();
                            }
                          }))
              .toList();
    }
    Map<InetAddress, List<SeenRequest>> seen =
        peer.seen().stream().collect(Collectors.groupingBy(SeenRequest::client));
    List<String> violations = new ArrayList<>();
    for (int i = 0; i < deliveries.size(); i++) {
      Delivery delivery = deliveries.get(i);
      String answer = answers.get(i).get();
      for (Judge judge : delivery.judges) {
        violations.addAll(
            judge.violations(seen.getOrDefault(delivery.client.address(), List.of()), answer));
      }
    }
    return violations;
  }

  private static List<Delivery> deliveries(Peers server, List<Row> rows) {
    Map<String, Delivery> deliveries = new LinkedHashMap<>();
    for (Row row : rows) {
      for (Profile profile : Profile.values()) {
        Passage passage = Passage.of(row.bytes(), profile);
        if (!passage.upstream().isEmpty()) {
          deliveries
              .computeIfAbsent(
                  passage.reset() + passage.upstream(),
                  bytes -> new Delivery(passage, new Client(), new ArrayList<>()))
              .judges
              .add(new Judge(server, row, profile, passage));
        }
      }
    }
    return List.copyOf(deliveries.values());
  }
}
