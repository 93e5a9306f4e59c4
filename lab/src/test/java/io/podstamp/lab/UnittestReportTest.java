package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reports as CPython 3.11 writes them, and what is made of two of them.
final class UnittestReportTest {
  private static final String HEADERS = "test.test_xmlrpc.HeadersServerTestCase.test_header";
  private static final String MORE_HEADERS =
      """
      First list contains 2 additional elements.
      First extra element 2: 'X-Client-Hostname'
      -  'X-Client-Hostname',
      -  'X-Forwarded-For']
      """;

  @TempDir private Path folder;

  @Test
  void report_tellsHowEachTestEnded() throws IOException {
    Map<String, UnittestReport.Result> results =
        read(
            """
            <testcase name="t.A.passes" status="run" result="completed" time="0.1" />
            <testcase name="t.A.fails"><system-out>noise</system-out><failure type="AssertionError">1 != 2</failure></testcase>
            <testcase />
            <testcase name="t.A.breaks"><error type="OSError">gone</error></testcase>
            <testcase name="t.A.waits"><skipped>no zlib</skipped></testcase>
            """);

    assertThat(results)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "t.A.passes", new UnittestReport.Result("ok", ""),
                "t.A.fails", new UnittestReport.Result("FAIL", "1 != 2"),
                "the test after t.A.fails", new UnittestReport.Result("FAIL", "in a sub-test"),
                "t.A.breaks", new UnittestReport.Result("ERROR", "gone"),
                "t.A.waits", new UnittestReport.Result("skipped", "no zlib")));
  }

  @Test
  void difference_ofTheExpectedKind_isExplained() {
    UnittestComparison comparison = compare("ok", new UnittestReport.Result("FAIL", MORE_HEADERS));

    assertThat(comparison.isAlike()).isTrue();
    assertThat(told(comparison))
        .contains(HEADERS)
        .endsWith("1 tests compared, 0 bad in both, 1 differ as explained, 0 differ otherwise\n");
  }

  @Test
  void difference_ofTheSameTest_butAnotherKind_isNot() {
    UnittestComparison comparison = compare("ok", new UnittestReport.Result("ERROR", "reset"));

    assertThat(comparison.isAlike()).isFalse();
    assertThat(told(comparison)).contains("direct ok, captured ERROR").endsWith(HEADERS + ")\n");
  }

  @Test
  void badInBoth_isNoDifference_butTold() {
    UnittestComparison comparison = compare("FAIL", new UnittestReport.Result("FAIL", ""));

    assertThat(comparison.isAlike()).isTrue();
    assertThat(told(comparison)).contains("1 bad in both (" + HEADERS + "), 0 differ as explained");
  }

  @Test
  void nothingCompared_isNotAlike() {
    assertThat(new UnittestComparison(Map.of(), Map.of()).isAlike()).isFalse();
    assertThat(
            new UnittestComparison(Map.of(HEADERS, new UnittestReport.Result("ok", "")), Map.of())
                .isAlike())
        .isFalse();
  }

  private Map<String, UnittestReport.Result> read(String cases) throws IOException {
    String xml = "<testsuites><testsuite>" + cases + "</testsuite></testsuites>";
    return UnittestReport.read(Files.writeString(folder.resolve("report.xml"), xml)).results();
  }

  private static UnittestComparison compare(String direct, UnittestReport.Result captured) {
    return new UnittestComparison(
        Map.of(HEADERS, new UnittestReport.Result(direct, "")), Map.of(HEADERS, captured));
  }

  private static String told(UnittestComparison comparison) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    comparison.print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
