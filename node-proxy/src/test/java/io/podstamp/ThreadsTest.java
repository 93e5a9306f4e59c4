package io.podstamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table of threads of ARCHITECTURE.md, held against the names in the code.
class ThreadsTest {
  private static final Pattern SECTION = Pattern.compile("## Threads\n\n(.*?)\n\n", Pattern.DOTALL);
  private static final Pattern NAME_IN_TABLE = Pattern.compile("`([a-z-]+)`");

  /// How a thread gets its name: by a builder, by a [io.podstamp.task.BackgroundTask], by Netty.
  private static final Pattern NAME_IN_CODE =
      Pattern.compile(
          "(?:\\.name\\(|BackgroundTask\\s*\\.(?:every|paced|onRequest|loop)\\(|"
              + "DefaultThreadFactory\\()\\s*\"([a-z-]+)\"");

  /// Threads that are made without a name.
  private static final Pattern NAMELESS =
      Pattern.compile(
          "Thread\\s*\\.of(?:Virtual|Platform)\\(\\)\\s*(?:\\.daemon\\(\\)\\s*)?\\.(?:un)?start");

  @Test
  void table_namesEveryThreadAndNoOther() throws IOException {
    assertThat(inTable()).isEqualTo(inCode());
  }

  @Test
  void threads_haveNames() throws IOException {
    for (Path source : sources()) {
      assertThat(NAMELESS.matcher(Files.readString(source)).find()).as("%s", source).isFalse();
    }
  }

  private static Set<String> inTable() throws IOException {
    Matcher section = SECTION.matcher(Files.readString(Path.of("../ARCHITECTURE.md")));
    assertThat(section.find()).isTrue();
    Set<String> names = new TreeSet<>();
    section
        .group(1)
        .lines()
        .map(row -> row.split("\\|", -1)[1])
        .forEach(
            cell -> {
              Matcher name = NAME_IN_TABLE.matcher(cell.replaceAll("`podstamp [^`]*`", ""));
              while (name.find()) {
                names.add(name.group(1));
              }
            });
    return names;
  }

  private static Set<String> inCode() throws IOException {
    Set<String> names = new TreeSet<>();
    for (Path source : sources()) {
      Matcher name = NAME_IN_CODE.matcher(Files.readString(source));
      while (name.find()) {
        names.add(name.group(1));
      }
    }
    return names;
  }

  private static Iterable<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
