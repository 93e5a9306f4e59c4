package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The version stands in `pom.xml`; `scripts/version.sh` brings it to where else it is needed.
class VersionTest {
  private static final Path ROOT = Path.of("..");

  @ParameterizedTest
  @CsvSource({
    "cni-plugin/pom.xml, '<version>(.*)</version>'",
    "node-proxy/pom.xml, '<version>(.*)</version>'",
    "lab/pom.xml, '<version>(.*)</version>'",
    "daemonset/chart/Chart.yaml, '(?m)^version: (.*)$'",
    "daemonset/chart/Chart.yaml, '(?m)^appVersion: (.*)$'",
    "daemonset/base/kustomization.yaml, 'newTag: (.*)'",
    "daemonset/overlays/signer/kustomization.yaml, 'newTag: (.*)'",
    "daemonset/overlays/taint/kustomization.yaml, 'newTag: (.*)'"
  })
  void version_isThePoms(String file, String pattern) throws IOException {
    assertThat(first(file, pattern)).isEqualTo(first("pom.xml", "<version>(.*)</version>"));
  }

  @Test
  void changelog_beginsWithTheVersion() throws IOException {
    assertThat(first("CHANGELOG.md", "(?m)^## ([0-9.]+)"))
        .isEqualTo(first("pom.xml", "<version>([0-9.]+).*</version>"));
  }

  private static String first(String file, String pattern) throws IOException {
    var matcher = Pattern.compile(pattern).matcher(Files.readString(ROOT.resolve(file)));
    assertThat(matcher.find()).as("%s in %s", pattern, file).isTrue();
    return matcher.group(1);
  }
}
