package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The version stands in `pom.xml`; `scripts/version.sh` brings it to where else it is needed.
class VersionTest {
  private static final Path ROOT = Path.of("..");
  private static final String POM = "<version>(.*)</version>";

  private static final String PLACES =
      """
      cni-plugin/pom.xml, '<version>(.*)</version>'
      node-proxy/pom.xml, '<version>(.*)</version>'
      lab/pom.xml, '<version>(.*)</version>'
      node-proxy/src/main/java/io/podstamp/metrics/Build.java, 'VERSION = "(.*)"'
      daemonset/chart/Chart.yaml, '(?m)^version: (.*)$'
      daemonset/chart/Chart.yaml, '(?m)^appVersion: (.*)$'
      daemonset/base/kustomization.yaml, 'newTag: (.*)'
      daemonset/overlays/signer/kustomization.yaml, 'newTag: (.*)'
      daemonset/overlays/taint/kustomization.yaml, 'newTag: (.*)'
      """;

  @ParameterizedTest
  @CsvSource(textBlock = PLACES)
  void version_isThePoms(String file, String pattern) throws IOException {
    assertThat(first(ROOT, file, pattern)).isEqualTo(first(ROOT, "pom.xml", POM));
  }

  @Test
  void versionScript_writesItEverywhere(@TempDir Path copy) throws Exception {
    List<String[]> places =
        PLACES.lines().map(line -> line.replace("'", "").split(", ", 2)).toList();
    Set<String> files = new HashSet<>(Set.of("scripts/version.sh", "scripts/lib.sh", "pom.xml"));
    places.forEach(place -> files.add(place[0]));
    for (String file : files) {
      Files.createDirectories(copy.resolve(file).getParent());
      Files.copy(ROOT.resolve(file), copy.resolve(file));
    }

    Process script =
        new ProcessBuilder("bash", copy.resolve("scripts/version.sh").toString(), "9.8.7-RC1")
            .redirectErrorStream(true)
            .start();

    assertThat(script.inputReader().readAllAsString()).isEqualTo("9.8.7-RC1\n");
    assertThat(script.waitFor()).isZero();
    assertThat(first(copy, "pom.xml", POM)).isEqualTo("9.8.7-RC1");
    for (String[] place : places) {
      assertThat(first(copy, place[0], place[1])).as(place[0]).isEqualTo("9.8.7-RC1");
    }
  }

  @Test
  void changelog_beginsWithTheVersion() throws IOException {
    assertThat(first(ROOT, "CHANGELOG.md", "(?m)^## ([0-9.]+)"))
        .isEqualTo(first(ROOT, "pom.xml", "<version>([0-9.]+).*</version>"));
  }

  private static String first(Path root, String file, String pattern) throws IOException {
    var matcher = Pattern.compile(pattern).matcher(Files.readString(root.resolve(file)));
    assertThat(matcher.find()).as("%s in %s", pattern, file).isTrue();
    return matcher.group(1);
  }
}
