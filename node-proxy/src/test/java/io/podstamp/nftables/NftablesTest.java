package io.podstamp.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.podstamp.netlink.NetlinkException;
import io.podstamp.os.Errno;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tables in the network of the test's own Node.
class NftablesTest {
  private static final String TABLE = "tried";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private Nftables nftables;

  @BeforeEach
  void open() throws IOException {
    nftables = Nftables.openHere();
  }

  @AfterEach
  void close() throws IOException {
    nftables.remove(TABLE);
    nftables.close();
  }

  @Test
  void replace_partRefused_changesNothing() throws IOException {
    Table before = ports(80);
    nftables.replace(before);
    Table wrong =
        new Table(
            TABLE,
            List.of(),
            List.of(NftSet.of("ports", Key.INET_SERVICE, List.of(Data.port(81)))),
            List.of(
                Chain.output("output", "filter", 0, List.of(Rule.matching().tcp().jump("no")))));
    assertThatThrownBy(() -> nftables.replace(wrong))
        .isInstanceOf(NetlinkException.class)
        .hasMessage("nftables: rule of chain tried/output: ENOENT (No such file or directory)");
    assertThat(nftables.read(TABLE)).isEqualTo(before);
  }

  @Test
  void read_noSuchTable_saysSo() {
    NetlinkException refused =
        catchThrowableOfType(NetlinkException.class, () -> nftables.read("nowhere"));
    assertThat(refused.errno()).isEqualTo(Errno.ENOENT);
    assertThat(refused).hasMessage("nftables: table nowhere: ENOENT (No such file or directory)");
  }

  @Test
  void refresh_noSuchSet_saysSo() throws IOException {
    nftables.replace(ports(80));
    assertThatThrownBy(() -> nftables.refresh(TABLE, "lease", Data.u8(6), MINUTE))
        .hasMessage("nftables: set tried/lease: ENOENT (No such file or directory)");
  }

  /// What the rules of a held SYN are made of, in the words of `nft`.
  @Test
  void everyExpression_isWhatNftMakesOfTheSameWords() throws IOException {
    List<Rule> refuse =
        List.of(
            Rule.matching().mark(0x5a01).tcp().ending(new Expression.Reject(1, 0)),
            reject(0x5a02, Expression.Reject.HOST_UNREACHABLE),
            reject(0x5a03, Expression.Reject.NO_ROUTE),
            reject(0x5a04, Expression.Reject.ADMIN_PROHIBITED));
    List<Rule> output =
        List.of(
            Rule.matching().mark(0x5a00).tcp().redirectTo(15901),
            Rule.matching().mark(0x5a01).goTo("refuse"),
            Rule.matching().tcp().syn().port(81).jump("hold"),
            Rule.matching().mark(0x5a06).ending(new Expression.Verdict(1, "")));
    Table table =
        new Table(
            TABLE,
            List.of(),
            List.of(),
            List.of(
                Chain.of("hold", List.of()),
                Chain.of("refuse", refuse),
                Chain.output("output", "nat", -100, output)));
    nftables.replace(table);
    assertThat(nftables.read(TABLE)).isEqualTo(table);
    String shown = run("", "nft", "list", "table", "inet", TABLE);

    nft(
        """
        table inet tried {
          chain hold { }
          chain refuse {
            meta mark 0x5a01 meta l4proto tcp reject with tcp reset
            meta mark 0x5a02 reject with icmpx type host-unreachable
            meta mark 0x5a03 reject with icmpx type no-route
            meta mark 0x5a04 reject with icmpx type admin-prohibited
          }
          chain output {
            type nat hook output priority -100; policy accept;
            meta mark 0x5a00 meta l4proto tcp redirect to :15901
            meta mark 0x5a01 goto refuse
            tcp flags & (fin|syn|rst|ack) == syn tcp dport 81 jump hold
            meta mark 0x5a06 accept
          }
        }
        """);
    assertThat(nftables.read(TABLE)).isEqualTo(table);
    assertThat(run("", "nft", "list", "table", "inet", TABLE)).isEqualTo(shown);
  }

  /// Which of the two a kernel takes is its build's business; that it takes neither is ours to
  /// know.
  @Test
  void queue_nativeOrAsTargetOfXtables_isTakenAndReadBack() throws IOException {
    Table asTarget = held(Expression.XtTarget.queue(7, Expression.Queue.BYPASS));
    nftables.replace(asTarget);
    assertThat(nftables.read(TABLE)).isEqualTo(asTarget);
    assertThat(run("", "nft", "list", "table", "inet", TABLE)).contains("queue num 7 bypass");

    Table natively = held(new Expression.Queue(7, Expression.Queue.BYPASS));
    try {
      nftables.replace(natively);
      assertThat(nftables.read(TABLE)).isEqualTo(natively);
      assertThat(run("", "nft", "list", "table", "inet", TABLE))
          .contains("queue flags bypass to 7");
    } catch (NetlinkException e) {
      assertThat(e)
          .hasMessage("nftables: rule of chain tried/hold: ENOENT (No such file or directory)");
      assertThat(nftables.read(TABLE)).isEqualTo(asTarget);
    }
  }

  /// Sets the bit of a mark and leaves its others: what a connection that goes on is told by.
  @Test
  void setMark_isReadBack() throws IOException {
    Rule rule =
        new Rule(
            List.of(
                new Expression.Meta(Expression.Meta.MARK, 1),
                new Expression.Bitwise(1, 1, Data.mark(~0x10), Data.mark(0x10)),
                new Expression.SetMeta(Expression.Meta.MARK, 1)));
    Table table =
        new Table(
            TABLE,
            List.of(),
            List.of(),
            List.of(Chain.output("output", "filter", 0, List.of(rule))));
    nftables.replace(table);
    assertThat(nftables.read(TABLE)).isEqualTo(table);
    assertThat(run("", "nft", "list", "table", "inet", TABLE))
        .contains("meta mark set meta mark | 0x00000010");
  }

  @Test
  void expressionsOfOthers_areReadAsSuch() throws IOException {
    nft(
        """
        table inet tried {
          chain output {
            type filter hook output priority 0; policy accept;
            ct state new limit rate 5/second counter log accept
          }
        }
        """);
    assertThat(nftables.read(TABLE).chains().getFirst().rules().getFirst().expressions())
        .contains(
            new Expression.Other("ct"),
            new Expression.Other("limit"),
            new Expression.Other("counter"),
            new Expression.Other("log"));
  }

  /// More than the kernel takes in one message unless asked.
  @Test
  void replace_manyElements_isOneTransaction() throws IOException {
    List<Element> blocks =
        IntStream.range(0, 5_000)
            .mapToObj(i -> BigInteger.valueOf(0x0a000000L + i * 512L).toByteArray())
            .map(address -> Element.interval(Data.of(address), Data.of(address).plus(255)))
            .toList();
    Table table =
        new Table(
            TABLE,
            List.of(),
            List.of(NftSet.ofIntervals("many", Key.IPV4_ADDRESS, blocks)),
            List.of());
    int before = nftables.foreignTransactions();
    nftables.replace(table);
    assertThat(nftables.foreignTransactions()).isEqualTo(before);
    Table read = nftables.read(TABLE);
    assertThat(read.elements("many")).hasSize(5_000);
    assertThat(read).isEqualTo(table);
  }

  /// A reader sees one table or the other, however often they change.
  @Test
  void read_whileAnotherChangesIt_isNeverTorn() throws Exception {
    List<Table> tables = List.of(ports(80), ports(81, 82));
    nftables.replace(tables.getFirst());
    AtomicBoolean ended = new AtomicBoolean();
    try (Nftables other = Nftables.openHere();
        var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      Future<?> writer =
          threads.submit(
              () -> {
                for (int i = 0; !ended.get(); i++) {
                  other.replace(tables.get(i % 2));
                }
                return null;
              });
      int read = 0;
      try {
        for (int i = 0; i < 300; i++) {
          try {
            assertThat(nftables.read(TABLE)).isIn(tables);
            read++;
          } catch (IOException e) {
            assertThat(e).hasMessageContaining("changed");
          }
        }
      } finally {
        ended.set(true);
      }
      writer.get();
      assertThat(read).isPositive();
    }
  }

  /// Many threads, one socket: each gets its own answers.
  @Test
  void manyThreads_takeTurns() throws Exception {
    nftables.replace(leased());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Table>> reads = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        threads.submit(
            () -> {
              nftables.refresh(TABLE, "lease", Data.u8(6), MINUTE);
              return null;
            });
        reads.add(threads.submit(() -> nftables.read(TABLE)));
      }
      for (Future<Table> read : reads) {
        assertThat(read.get().lasting()).isEqualTo(leased());
      }
    }
    assertThat(nftables.read(TABLE).elements("lease")).hasSize(1);
    nftables.withdraw(TABLE, "lease", Data.u8(6));
    assertThat(nftables.read(TABLE).elements("lease")).isEmpty();
  }

  /// Against a set of single keys.
  @Test
  void merged_randomIntervals_areTheSameKeys_withoutTouching() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      TreeSet<Integer> keys = new TreeSet<>();
      List<Element> intervals = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        int first = random.nextInt(256);
        int last = first + random.nextInt(Math.min(60, 256 - first));
        intervals.add(Element.interval(Data.u8(first), Data.u8(last)));
        IntStream.rangeClosed(first, last).forEach(keys::add);
      }
      int before = -2;
      for (Element merged : Element.merged(intervals)) {
        int first = merged.first().toBytes()[0] & 0xff;
        int last = merged.last().toBytes()[0] & 0xff;
        assertThat(first).as("seed %d, round %d", seed, round).isGreaterThan(before + 1);
        IntStream.rangeClosed(first, last)
            .forEach(key -> assertThat(keys.remove(key)).as("seed %d", seed).isTrue());
        before = last;
      }
      assertThat(keys).as("seed %d, round %d", seed, round).isEmpty();
    }
  }

  private static Rule reject(int mark, int code) {
    return Rule.matching().mark(mark).ending(new Expression.Reject(Expression.Reject.ICMPX, code));
  }

  private static Table held(Expression queue) {
    return new Table(
        TABLE,
        List.of(),
        List.of(),
        List.of(
            Chain.of("hold", List.of(new Rule(List.of(queue)))),
            Chain.output(
                "output",
                "nat",
                -100,
                List.of(Rule.matching().tcp().syn().port(81).goTo("hold")))));
  }

  private static Table ports(int... ports) {
    List<Rule> rules =
        IntStream.of(ports).mapToObj(p -> Rule.matching().tcp().port(p).returns()).toList();
    return new Table(
        TABLE,
        List.of(),
        List.of(
            NftSet.of(
                "ports", Key.INET_SERVICE, IntStream.of(ports).mapToObj(Data::port).toList())),
        List.of(Chain.output("output", "filter", 0, rules)));
  }

  private static Table leased() {
    return new Table(
        TABLE,
        List.of(),
        List.of(NftSet.ofTimeouts("lease", Key.INET_PROTOCOL, List.of())),
        List.of(
            Chain.output(
                "output", "filter", 0, List.of(Rule.matching().protocolIn("lease").returns()))));
  }

  private static void nft(String text) throws IOException {
    run("add table inet tried\ndelete table inet tried\n" + text, "nft", "-f", "-");
  }

  private static String run(String input, String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.US_ASCII));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor()).as("%s: %s", List.of(command), errors).isZero();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return output;
  }
}
