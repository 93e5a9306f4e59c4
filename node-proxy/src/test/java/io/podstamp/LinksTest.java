package io.podstamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the pages point at is there: links, the headings behind `#`, and files that are named in
/// code. Nothing names a file that only some people have.
class LinksTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> NOT_OURS = Set.of(".git", "target", ".idea", ".vscode");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");
  private static final Pattern OUR_PATH =
      Pattern.compile(
          "(\\.\\./)*(scripts|docs|daemonset|lab|findings|kubectl|node-proxy|cni-plugin|\\.github)/[\\w./-]*");

  /// Folders of whoever wrote this, and pages that were never in the repository.
  private static final Pattern ELSEWHERE =
      Pattern.compile("\\.\\./shared\\b|/work" + "/|\\b(review|FACTS|DESIGN|STYLE|HTTP)\\.md\\b");

  private static List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(file -> file.toString().endsWith(suffix))
          .filter(Files::isRegularFile)
          .filter(file -> stream(ROOT.relativize(file)).noneMatch(NOT_OURS::contains))
          .sorted()
          .toList();
    }
  }

  private static Stream<String> stream(Path path) {
    return Stream.iterate(0, i -> i < path.getNameCount(), i -> i + 1)
        .map(i -> path.getName(i).toString());
  }

  /// As the places where such pages are read make an anchor of a heading.
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    HEADING
        .matcher(Files.readString(page))
        .results()
        .map(heading -> heading.group(1).replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1"))
        .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}_\\- ]", ""))
        .map(heading -> heading.replace(' ', '-'))
        .forEach(anchors::add);
    return anchors;
  }

  @Test
  void links_leadToFilesAndHeadingsThatAreThere() throws IOException {
    List<String> broken = new ArrayList<>();
    int seen = 0;
    for (Path page : files(".md")) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        String target = link.group(1);
        if (target.matches("[a-z]+:.*")) {
          continue;
        }
        seen++;
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        boolean found =
            file.startsWith(ROOT)
                && Files.exists(file)
                && (parts.length == 1 || anchors(file).contains(parts[1]));
        if (!found) {
          broken.add(ROOT.relativize(page) + ": " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(seen).isGreaterThan(50);
  }

  @Test
  void filesInCode_areThere() throws IOException {
    List<String> missing = new ArrayList<>();
    int seen = 0;
    for (Path page : files(".md")) {
      for (MatchResult code : CODE.matcher(Files.readString(page)).results().toList()) {
        for (String word : code.group(1).split("[\\s,;()]+", -1)) {
          if (OUR_PATH.matcher(word).matches() && !word.contains("/target")) {
            seen++;
            boolean there =
                Files.exists(ROOT.resolve(word)) || Files.exists(page.resolveSibling(word));
            if (!there) {
              missing.add(ROOT.relativize(page) + ": " + word);
            }
          }
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(seen).isGreaterThan(40);
  }

  @Test
  void nothing_namesFilesThatStrangersDoNotHave() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files("")) {
      ELSEWHERE
          .matcher(text(file))
          .results()
          .forEach(name -> found.add(ROOT.relativize(file) + ": " + name.group()));
    }
    assertThat(found).allMatch(name -> name.contains("LinksTest.java"));
  }

  /// Empty where a file is no text.
  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      return "";
    }
  }

  /// The workflow of a public CI calls scripts that are there, and nothing else of ours.
  @Test
  void workflow_callsScriptsThatAreThere() throws IOException {
    List<String> runs =
        Pattern.compile("run: (scripts/\\S+?)[ }\\n]")
            .matcher(Files.readString(ROOT.resolve(".github/workflows/ci.yml")))
            .results()
            .map(run -> run.group(1))
            .toList();
    assertThat(runs).contains("scripts/test.sh", "scripts/fuzz.sh", "scripts/coverage.sh");
    assertThat(runs).allSatisfy(run -> assertThat(ROOT.resolve(run)).isExecutable());
  }
}
