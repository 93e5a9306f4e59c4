package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// `scripts/release.sh --dry-run --without-image`: what a release has beside its image, which takes
/// two builds to be made twice.
class ReleaseTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path folder;

  private String run(String... line) throws Exception {
    Path said = folder.resolve("said");
    int status =
        new ProcessBuilder(line)
            .directory(ROOT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    String text = Files.readString(said);
    assertThat(status).as(text).isZero();
    return text;
  }

  @Test
  void dryRun_makesTheSameTwice_withWhatTheRepositoryHas() throws Exception {
    Path key = folder.resolve("key.pem");
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key.toString());
    Path out = folder.resolve("out");
    String said =
        run(
            "scripts/release.sh",
            "--dry-run",
            "--without-image",
            "--key",
            key.toString(),
            "--uri",
            "https://downloads.example/podstamp",
            "--out",
            out.toString());
    String version = run("scripts/version.sh").strip();

    String chart = "podstamp-" + version + ".tgz";
    String plugin = "kubectl-podstamp-" + version + ".tar.gz";
    assertThat(said)
        .contains(
            "the same, byte for byte: " + chart,
            "the same, byte for byte: " + plugin,
            "the same, byte for byte: podstamp-manifests-" + version + ".tar.gz",
            "the same, byte for byte: podstamp.yaml")
        .doesNotContain("not the same");

    assertThat(
            run("tar", "-tzf", out.resolve(chart).toString()).lines().filter(n -> !n.endsWith("/")))
        .containsExactlyInAnyOrderElementsOf(files("daemonset/chart", "podstamp"));
    assertThat(run("tar", "-xzOf", out.resolve(chart).toString(), "podstamp/files/alerts.yaml"))
        .isEqualTo(Files.readString(ROOT.resolve("daemonset/monitoring/alerts.yaml")));

    JsonNode krew = YAMLMapper.builder().build().readTree(out.resolve("podstamp.yaml").toFile());
    JsonNode platform = krew.at("/spec/platforms/0");
    assertThat(krew.at("/spec/version").asString()).isEqualTo("v" + version);
    assertThat(platform.get("uri").asString())
        .isEqualTo("https://downloads.example/podstamp/" + plugin);
    assertThat(platform.get("sha256").asString()).isEqualTo(digest(out.resolve(plugin)));
    assertThat(run("tar", "-tzf", out.resolve(plugin).toString()).lines())
        .contains(platform.get("bin").asString());

    run("sh", "-c", "cd \"$0\" && sha256sum --check --strict SHA256SUMS", out.toString());
    run(verification(out));
    Files.writeString(out.resolve("SHA256SUMS"), "changed");
    assertThat(new ProcessBuilder(verification(out)).start().waitFor()).isNotZero();
  }

  /// The command of docs/releasing.md.
  private static String[] verification(Path out) throws IOException {
    String command =
        Files.readString(ROOT.resolve("docs/releasing.md"))
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("openssl pkeyutl -verify"))
            .findFirst()
            .orElseThrow();
    return new String[] {"sh", "-c", "cd '" + out + "' && " + command};
  }

  private static List<String> files(String path, String name) throws IOException {
    Path root = ROOT.resolve(path);
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(Files::isRegularFile)
          .forEach(file -> files.add(name + "/" + root.relativize(file)));
    }
    return files;
  }

  private static String digest(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }
}
