package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each row of docs/http.md names a test that exists.
class HttpPageTest {
  private static final Path TESTS = Path.of("src/test/java/io/podstamp");
  private static final Pattern TEST = Pattern.compile("`(\\w+)\\.(\\w+)` \\|$");

  static List<String> rows() throws IOException {
    return Files.readAllLines(Path.of("../docs/http.md")).stream()
        .filter(line -> line.startsWith("| "))
        .filter(line -> !line.endsWith("| test |"))
        .toList();
  }

  @Test
  void page_hasTables() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(50);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void row_namesATestThatExists(String row) throws IOException {
    Matcher test = TEST.matcher(row);
    assertThat(test.find()).as("%s (expected: `Class.method` in its last column)", row).isTrue();
    try (Stream<Path> files = Files.walk(TESTS)) {
      Path file =
          files.filter(path -> path.endsWith(test.group(1) + ".java")).findAny().orElseThrow();
      assertThat(Files.readString(file)).contains("void " + test.group(2) + "(");
    }
  }
}
