package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import io.podstamp.lab.FailureClient.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What must hold of `docs/what-applications-see.md`: captured is as direct, whatever the times are
/// today, and `connect: early` is what it was.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class FailureTableTest {
  private static final long CONNECT_LIMIT_MILLIS = 3_000;
  private static final long REQUEST_LIMIT_MILLIS = 6_000;

  /// How early a timer may be.
  private static final long TIMER_MILLIS = 10;

  /// Less than lies between the limits of connecting and of the request, and more than a busy
  /// machine takes.
  private static final long BUSY_MILLIS = 2_500;

  /// The tries that wget makes when nobody tells it how many.
  private static final int WGET_TRIES = 20;

  /// Those that meet the limit of the whole request when connecting has none.
  private static final Set<FailureClient> OF_REQUEST_LIMIT =
      Set.of(FailureClient.CURL, FailureClient.JDK, FailureClient.WGET);

  private Lab lab;
  private FailureTable.Pods pods;
  private List<FailureTable.Row> table;

  @BeforeAll
  void measure() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    pods = FailureTable.Pods.in(lab);
    table = FailureTable.measure(lab, pods);
  }

  @AfterAll
  void down_agentHadNoErrors() {
    String log = lab.agent().logText();
    lab.close();
    assertThat(log).doesNotContain(" ERROR ");
  }

  @Test
  void captured_isAsDirect_inWordsAndStatus() {
    assertSoftly(
        all ->
            table.forEach(
                row ->
                    all.assertThat(row.captured().text())
                        .as("%s: %s", row.destination().title(), row.client().title())
                        .isEqualTo(row.direct().text())));
  }

  @Test
  void captured_takesAsLongAsDirect() {
    assertSoftly(
        all ->
            table.forEach(
                row ->
                    all.assertThat(row.captured().millis())
                        .as("%s: %s", row.destination().title(), row.client().title())
                        .isLessThan(row.direct().millis() + BUSY_MILLIS)));
  }

  @Test
  void refused_isToldByConnect_earlyByAReset() {
    assertDirect(FailureTable.REFUSED, Outcome::isRefused);
    assertEarly(FailureTable.REFUSED, Outcome::isReset);
  }

  @Test
  void unreachable_isToldByConnect_earlyByAReset() {
    assertDirect(FailureTable.UNREACHABLE, Outcome::isUnreachable);
    assertEarly(FailureTable.UNREACHABLE, Outcome::isReset);
  }

  @Test
  void podWithoutRoute_isToldByItsOwnKernel() {
    assertDirect(FailureTable.NO_ROUTE, Outcome::isUnreachable);
    assertEarly(FailureTable.NO_ROUTE, Outcome::isUnreachable);
  }

  @Test
  void blackHole_meetsTheConnectTimeout_earlyThatOfTheRequest() {
    assertDirect(FailureTable.BLACK_HOLE, Outcome::isTimeout);
    assertThat(rows(FailureTable.BLACK_HOLE))
        .filteredOn(row -> row.client() != FailureClient.WGET) // adds up its tries
        .allMatch(row -> row.direct().millis() < REQUEST_LIMIT_MILLIS);
    assertEarly(FailureTable.BLACK_HOLE, Outcome::isTimeout);
    assertThat(requesting(FailureTable.BLACK_HOLE))
        .allMatch(row -> row.early().millis() + TIMER_MILLIS >= limit(row.client()));
  }

  @Test
  void deadAaaa_earlyIsNeverAnotherAnswer() {
    assertEarly(FailureTable.V6_REFUSED, outcome -> outcome.isReset() || outcome.isGood());
    assertEarly(FailureTable.V6_BLACK_HOLE, outcome -> outcome.isTimeout() || outcome.isGood());
  }

  @Test
  void deadAaaa_clientsThatFallBackReachTheOther() {
    for (FailureTable.Destination dead :
        List.of(FailureTable.V6_REFUSED, FailureTable.V6_NO_ROUTE, FailureTable.V6_BLACK_HOLE)) {
      assertThat(rows(dead))
          .filteredOn(row -> row.client() != FailureClient.JDK)
          .allMatch(row -> row.captured().isGood());
    }
  }

  @Test
  void aaaaWithoutRoute_earlyIsAsDirect() {
    assertThat(rows(FailureTable.V6_NO_ROUTE))
        .allMatch(row -> row.early().text().equals(row.direct().text()));
  }

  @Test
  void wgetWithItsOwnTries_deadPort_isOneTry() {
    List<String> dead = FailureTable.REFUSED.addresses();
    Outcome direct = FailureClient.wget(pods.direct(), FailureTable.URL, dead, WGET_TRIES);
    Outcome captured = FailureClient.wget(pods.captured(), FailureTable.URL, dead, WGET_TRIES);

    assertThat(captured.text()).isEqualTo(direct.text()).endsWith(", 1 try");
    assertThat(captured.millis()).isLessThan(direct.millis() + BUSY_MILLIS);
  }

  @Test
  void curlThatRetriesRefusals_makesAsManyTriesAsDirect() {
    assertThat(tries(pods.direct())).isEqualTo(3);
    assertThat(tries(pods.captured())).isEqualTo(3);
    assertThat(tries(pods.early())).as("does not know it for a refusal").isEqualTo(1);
  }

  private static long tries(LabPod pod) {
    String url = "http://" + FailureTable.REFUSED.addresses().getFirst() + "/";
    return pod.run("curl", "-sv", "--retry", "2", "--retry-connrefused", "--retry-delay", "1", url)
        .err()
        .lines()
        .filter(line -> line.matches("\\* +Trying .*"))
        .count();
  }

  private void assertDirect(FailureTable.Destination to, Predicate<Outcome> seen) {
    assertThat(rows(to)).allMatch(row -> seen.test(row.direct()));
  }

  private void assertEarly(FailureTable.Destination to, Predicate<Outcome> seen) {
    boolean fails = to.equals(FailureTable.NO_ROUTE);
    assertThat(fails ? rows(to) : requesting(to)).allMatch(row -> seen.test(row.early()));
    if (!fails) {
      assertThat(rows(to))
          .filteredOn(row -> row.client() == FailureClient.NC)
          .as("a client that only connects takes all for open, unless the reset was faster")
          .allMatch(row -> row.early().isOpen() || seen.test(row.early()));
    }
  }

  /// Those of clients that want an answer.
  private List<FailureTable.Row> requesting(FailureTable.Destination to) {
    return rows(to).stream().filter(row -> row.client() != FailureClient.NC).toList();
  }

  private List<FailureTable.Row> rows(FailureTable.Destination to) {
    List<FailureTable.Row> rows =
        table.stream().filter(row -> row.destination().equals(to)).toList();
    assertThat(rows).hasSizeGreaterThanOrEqualTo(FailureClient.values().length - 1); // Go may lack
    return rows;
  }

  /// The only limit of Node's, and that of each step of Python's, covers waiting as well.
  private static long limit(FailureClient client) {
    return OF_REQUEST_LIMIT.contains(client) ? REQUEST_LIMIT_MILLIS : CONNECT_LIMIT_MILLIS;
  }
}
