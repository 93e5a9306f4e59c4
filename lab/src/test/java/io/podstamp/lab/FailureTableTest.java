package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.lab.FailureClient.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What must hold of `docs/what-applications-see.md`, whatever the times and words are today.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class FailureTableTest {
  private static final long CONNECT_LIMIT_MILLIS = 3_000;
  private static final long REQUEST_LIMIT_MILLIS = 6_000;

  /// How early a timer may be.
  private static final long TIMER_MILLIS = 10;

  private Lab lab;
  private List<FailureTable.Row> table;

  @BeforeAll
  void measure() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    table =
        FailureTable.measure(lab, lab.runPod("quiet", "direct"), lab.runPod("shop", "captured"));
  }

  @AfterAll
  void down_agentHadNoErrors() {
    String log = lab.agent().logText();
    lab.close();
    assertThat(log).doesNotContain(" ERROR ");
  }

  @Test
  void refused_capturedIsAReset() {
    assertDirect(FailureTable.REFUSED, Outcome::isRefused);
    assertCaptured(FailureTable.REFUSED, Outcome::isReset);
  }

  @Test
  void unreachable_capturedIsAReset() {
    assertDirect(FailureTable.UNREACHABLE, Outcome::isUnreachable);
    assertCaptured(FailureTable.UNREACHABLE, Outcome::isReset);
  }

  @Test
  void podWithoutRoute_capturedIsAsDirect() {
    assertDirect(FailureTable.NO_ROUTE, Outcome::isUnreachable);
    assertCaptured(FailureTable.NO_ROUTE, Outcome::isUnreachable);
  }

  @Test
  void blackHole_capturedMissesTheConnectTimeout_andMeetsTheRequestTimeout() {
    assertDirect(
        FailureTable.BLACK_HOLE,
        outcome -> outcome.isTimeout() && outcome.millis() < REQUEST_LIMIT_MILLIS);
    assertCaptured(FailureTable.BLACK_HOLE, Outcome::isTimeout);
    assertThat(rows(FailureTable.BLACK_HOLE))
        .allMatch(row -> row.captured().millis() + TIMER_MILLIS >= limit(row.client()));
  }

  @Test
  void deadAaaa_capturedIsNeverAnotherAnswer() {
    assertCaptured(FailureTable.V6_REFUSED, outcome -> outcome.isReset() || isTheGateway(outcome));
    assertCaptured(
        FailureTable.V6_BLACK_HOLE, outcome -> outcome.isTimeout() || isTheGateway(outcome));
  }

  @Test
  void aaaaWithoutRoute_capturedIsAsDirect() {
    assertThat(rows(FailureTable.V6_NO_ROUTE))
        .allMatch(row -> row.captured().text().equals(row.direct().text()))
        .filteredOn(row -> row.client() != FailureClient.JDK)
        .allMatch(row -> isTheGateway(row.captured()));
  }

  private void assertDirect(FailureTable.Destination to, Predicate<Outcome> seen) {
    assertThat(rows(to)).allMatch(row -> seen.test(row.direct()));
  }

  private void assertCaptured(FailureTable.Destination to, Predicate<Outcome> seen) {
    assertThat(rows(to)).allMatch(row -> seen.test(row.captured()));
  }

  private List<FailureTable.Row> rows(FailureTable.Destination to) {
    List<FailureTable.Row> rows =
        table.stream().filter(row -> row.destination().equals(to)).toList();
    assertThat(rows).hasSize(FailureClient.values().length);
    return rows;
  }

  private static boolean isTheGateway(Outcome outcome) {
    return outcome.text().equals("HTTP 200");
  }

  /// Node's only limit covers connecting and waiting alike.
  private static long limit(FailureClient client) {
    return switch (client) {
      case CURL, JDK -> REQUEST_LIMIT_MILLIS;
      case NODE -> CONNECT_LIMIT_MILLIS;
    };
  }
}
