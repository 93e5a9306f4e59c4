package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What two runs of the gRPC client say of each other, and what is read from the servers' logs.
final class GrpcComparisonTest {
  private static final String UNARY = "/lab.Echo/Unary";
  private static final GrpcRequest FORGED =
      new GrpcRequest(UNARY, GrpcComparison.FORGED_NAMES, GrpcComparison.FORGED_ADDRESSES);
  private static final GrpcRequest STAMPED = new GrpcRequest(UNARY, "captured", "10.244.0.3");

  @Test
  void grpcJavasLog_isReadLineByLine() {
    assertThat(
            GrpcRequest.ofGrpcJava(
                """
                WARNING: something else
                /lab.Echo/Unary forged,forged-too -
                cancelled
                /lab.Echo/Chat captured 10.244.0.3
                """))
        .containsExactly(
            new GrpcRequest(UNARY, "forged,forged-too", "-"),
            new GrpcRequest("/lab.Echo/Chat", "captured", "10.244.0.3"));
  }

  /// Two connections with a stream of the same number, and two streams whose fields are mixed.
  @Test
  void nghttpdsLog_isReadByConnectionAndStream() {
    assertThat(
            GrpcRequest.ofNghttpd(
                """
                [id=1] [  0.001] recv (stream_id=1) :path: /lab.Echo/Unary
                [id=2] [  0.001] recv (stream_id=1) :path: /lab.Echo/Chat
                [id=1] [  0.002] recv (stream_id=3, sensitive) x-client-hostname: captured
                [id=1] [  0.002] recv (stream_id=1) x-forwarded-for: 203.0.113.7
                [id=1] [  0.002] recv (stream_id=1) x-forwarded-for: 203.0.113.8
                [id=1] [  0.002] send HEADERS frame <length=40, flags=0x04, stream_id=1>
                """))
        .containsExactly(
            new GrpcRequest(UNARY, "-", "203.0.113.7,203.0.113.8"),
            new GrpcRequest("/lab.Echo/Chat", "-", "-"),
            new GrpcRequest("-", "captured", "-"));
  }

  @Test
  void sameEndings_andEveryRequestStamped_areAlike() {
    GrpcComparison comparison = compare("unary\tok 1\n", "unary\tok 1\n", STAMPED);

    assertThat(comparison.isAlike()).isTrue();
    assertThat(told(comparison))
        .isEqualTo(
            "3 compared, 0 differ, 0 failed in both; 1 requests of the captured Pod, 0 not stamped once and"
                + " truly\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          unary|ok 1   ~ unary|ok 2   ~ unary by peer: direct ok 1, captured ok 2
          unary|ok 1   ~ ''           ~ unary by peer: direct ok 1, captured not run
          unary|failed ~ unary|failed ~ unary by peer: in both failed
          unary        ~ unary        ~ unary by peer: in both failed to say
          """)
  void endings_thatDifferOrFail_areTold(String direct, String captured, String line) {
    GrpcComparison comparison =
        compare(direct.replace('|', '\t'), captured.replace('|', '\t'), STAMPED);

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison)).startsWith(line + "\n3 compared, ");
  }

  @ParameterizedTest
  @CsvSource({
    "forged,            10.244.0.3",
    "captured,          -",
    "captured,          10.244.0.4",
    "'captured,forged', 10.244.0.3",
  })
  void request_thatIsNotStampedOnceAndTruly_isTold(String hostname, String forwardedFor) {
    GrpcRequest request = new GrpcRequest(UNARY, hostname, forwardedFor);
    GrpcComparison comparison = compare("", "", request);

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison))
        .startsWith("not stamped once and truly by peer: " + request)
        .endsWith("1 requests of the captured Pod, 1 not stamped once and truly\n");
  }

  @Test
  void directRequest_withoutForgedHeaders_provesNothing() {
    GrpcComparison comparison = new GrpcComparison("captured", "10.244.0.3");
    comparison.add("peer", visit("", 0, STAMPED), visit("", 0, STAMPED));

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison)).contains("1 direct requests came without what was forged");
  }

  @Test
  void callsThatNeverReachedTheServer_areTold() {
    GrpcComparison comparison = compare("", "", STAMPED, STAMPED);

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison))
        .startsWith(
            "calls that reached peer: direct ok {/lab.Echo/Unary=1}, captured ok"
                + " {/lab.Echo/Unary=2}\n");
  }

  @Test
  void nothingCompared_isNotAlike() {
    assertThat(new GrpcComparison("captured", "10.244.0.3").isAlike()).isFalse();

    GrpcComparison silent = new GrpcComparison("captured", "10.244.0.3");
    silent.add("peer", visit("", 0), visit("", 0));
    assertThat(silent.isAlike()).isFalse();
  }

  @Test
  void clientThatBroke_failed() {
    GrpcComparison comparison = new GrpcComparison("captured", "10.244.0.3");
    comparison.add("peer", visit("", 1, FORGED), visit("", 1, STAMPED));

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison))
        .startsWith("end of the client by peer: in both failed with status 1: ");
  }

  private static GrpcComparison compare(String direct, String captured, GrpcRequest... arrived) {
    GrpcComparison comparison = new GrpcComparison("captured", "10.244.0.3");
    comparison.add("peer", visit(direct, 0, FORGED), visit(captured, 0, arrived));
    return comparison;
  }

  private static GrpcVisit visit(String out, int status, GrpcRequest... arrived) {
    return GrpcVisit.of(new Run(List.of("node"), status, out, ""), List.of(arrived));
  }

  private static String told(GrpcComparison comparison) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    comparison.print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
