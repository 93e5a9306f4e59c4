package io.podstamp.install;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.podstamp.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class PluginBundleTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final String NETWORK =
      "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"plugins\": [{\"type\": \"bridge\"}]}\n";

  @TempDir Path temp;
  private Path source;
  private Path bin;

  @BeforeEach
  void folders() throws IOException {
    source = Files.createDirectory(temp.resolve("cni"));
    bin = Files.createDirectory(temp.resolve("bin"));
    Files.writeString(bin.resolve("bridge"), "another's");
    version("one");
  }

  /// A plugin that finds its own folder as the real one does, and tells its version.
  private void version(String version) throws IOException {
    Path plugin = source.resolve("podstamp");
    Files.writeString(
        plugin, "#!/bin/sh\ncat \"$(dirname \"$(readlink -f -- \"$0\")\")/podstamp.d/version\"\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(source.resolve("podstamp.d"));
    Files.writeString(source.resolve("podstamp.d/version"), version);
  }

  @Test
  void installed_runsByTheNameInTheChain() throws Exception {
    assertThat(new PluginBundle(source, bin).install()).isTrue();

    assertThat(call(Map.of(), "")).isEqualTo(new Answer(0, "one"));
  }

  @Test
  void installedAgain_writesNothing() throws IOException {
    new PluginBundle(source, bin).install();

    assertThat(new PluginBundle(source, bin).install()).isFalse();
  }

  @Test
  void nextVersion_takesOverAndOnlyTheLastOneStays() throws Exception {
    for (String version : List.of("one", "two", "three")) {
      version(version);
      assertThat(new PluginBundle(source, bin).install()).isTrue();
      assertThat(call(Map.of(), "").stdout()).isEqualTo(version);
    }

    assertThat(names()).hasSize(4).contains("bridge", "podstamp");
  }

  @Test
  void damagedFiles_areReplaced() throws Exception {
    new PluginBundle(source, bin).install();
    Files.writeString(
        bin.resolve("podstamp").toRealPath().resolveSibling("podstamp.d/version"), "torn");

    assertThat(new PluginBundle(source, bin).install()).isTrue();

    assertThat(call(Map.of(), "").stdout()).isEqualTo("one");
  }

  @Test
  void copiedByHandBefore_isReplaced() throws Exception {
    Files.writeString(bin.resolve("podstamp"), "by hand");
    Files.createDirectories(bin.resolve("podstamp.d/runtime"));

    new PluginBundle(source, bin).install();

    assertThat(call(Map.of(), "").stdout()).isEqualTo("one");
    assertThat(bin.resolve("podstamp.d")).doesNotExist();
  }

  @Test
  void killedMeanwhile_isCleanedUpByTheNext() throws IOException {
    Files.createDirectories(
        bin.resolve(".podstamp-0123456789abcdef" + AtomicFile.UNFINISHED + "/x"));

    new PluginBundle(source, bin).install();

    assertThat(names()).noneMatch(name -> name.endsWith(AtomicFile.UNFINISHED));
  }

  /// The launcher that is shipped, on a host whose loader is nowhere.
  @Test
  void hostWithoutGlibc_podsStartAndTheAgentIsTold() throws Exception {
    Path launcher = source.resolve("podstamp");
    String script = Files.readString(Path.of("../cni-plugin/src/main/sh/podstamp"));
    Files.writeString(launcher, script.replaceAll("/lib(64)?/ld-linux", "/none/ld-linux"));
    Files.write(source.resolve("podstamp.d/absent"), PluginBundle.tombstone());
    PluginBundle bundle = new PluginBundle(source, bin);
    bundle.install();
    assertThat(bundle.isWithoutGlibc()).isFalse();

    Answer answer = call(Map.of("CNI_COMMAND", "ADD"), "{\"prevResult\": {\"ips\": []}}");

    assertThat(answer).isEqualTo(new Answer(0, "{\"ips\": []}"));
    assertThat(bundle.isWithoutGlibc()).isTrue();
    bundle.uninstall();
    assertThat(bundle.isWithoutGlibc()).isFalse();
    assertThat(names()).containsExactly("bridge", "podstamp");
  }

  /// The launcher that is shipped, with nothing beside it.
  @Test
  void launcher_answersStatusAndVersionWithoutJava() throws Exception {
    Files.writeString(
        source.resolve("podstamp"),
        Files.readString(Path.of("../cni-plugin/src/main/sh/podstamp")));
    new PluginBundle(source, bin).install();

    assertThat(call(Map.of("CNI_COMMAND", "STATUS"), NETWORK)).isEqualTo(new Answer(0, ""));
    Answer version = call(Map.of("CNI_COMMAND", "VERSION"), NETWORK);
    assertThat(version.exit()).isZero();
    assertThat(JSON.readTree(version.stdout()))
        .isEqualTo(JSON.readTree(io.podstamp.cni.CniVersion.answer()));
    assertThat(call(Map.of("CNI_COMMAND", "DEL"), NETWORK).exit()).isNotZero();
  }

  @Test
  void hostWithoutGlibc_givesUpAndGivesBackTheNetwork() throws Exception {
    Path conf = Files.createDirectory(temp.resolve("conf"));
    Path list = Files.writeString(conf.resolve("10-a.conflist"), NETWORK);
    Installation installation = new Installation(new PluginBundle(source, bin), new ConfDir(conf));
    ChainEntry entry = new ChainEntry(Path.of("/run/s"), Path.of("/var/lib/strict"), false);
    try (ChainWatch watch = installation.keep(() -> entry)) {
      assertThat(watch.status().state()).isEqualTo(ChainStatus.State.CHAINED);
      Path runtime = bin.resolve("podstamp").toRealPath().resolveSibling("podstamp.d");
      Files.createFile(runtime.resolve("no-glibc"));

      await()
          .untilAsserted(() -> assertThat(watch.status().reason()).isEqualTo(Host.WITHOUT_GLIBC));
    }
    assertThat(Files.readString(list)).isEqualTo(NETWORK);
    assertThat(names()).containsExactly("bridge", "podstamp");
  }

  /// As an upgrade of the operating system does it, or somebody who tidies up.
  @Test
  void filesTakenOrChanged_areBackWithinSeconds_andTheEntryStays() throws Exception {
    Path conf = Files.createDirectory(temp.resolve("conf"));
    Path list = Files.writeString(conf.resolve("10-a.conflist"), NETWORK);
    Installation installation = new Installation(new PluginBundle(source, bin), new ConfDir(conf));
    ChainEntry entry = new ChainEntry(Path.of("/run/s"), Path.of("/var/lib/strict"), false);
    try (ChainWatch _ = installation.keep(() -> entry)) {
      String chained = Files.readString(list);
      Path plugin = bin.resolve("podstamp").toRealPath();
      Path runtime = plugin.resolveSibling("podstamp.d");
      List<Disaster> disasters =
          List.of(
              () -> Files.delete(bin.resolve("podstamp")),
              () -> Files.delete(plugin),
              () -> Files.writeString(runtime.resolve("version"), "torn"),
              () -> Tree.delete(runtime.resolve("..").normalize()),
              () -> {
                Tree.delete(bin);
                Files.createDirectory(bin);
              });
      for (Disaster disaster : disasters) {
        disaster.strike();
        await().ignoreExceptions().until(() -> call(Map.of(), "").equals(new Answer(0, "one")));
        assertThat(Files.readString(list)).isEqualTo(chained);
      }
    }
  }

  private interface Disaster {
    void strike() throws IOException;
  }

  /// An entry whose plugin cannot be found lets no Pod of the Node start or end.
  @Test
  void filesCannotBeBroughtBack_entryIsTakenOut_untilTheyCan() throws Exception {
    Path conf = Files.createDirectory(temp.resolve("conf"));
    Path list = Files.writeString(conf.resolve("10-a.conflist"), NETWORK);
    Installation installation = new Installation(new PluginBundle(source, bin), new ConfDir(conf));
    ChainEntry entry = new ChainEntry(Path.of("/run/s"), Path.of("/var/lib/strict"), false);
    try (ChainWatch watch = installation.keep(() -> entry)) {
      Tree.delete(bin);
      await().until(() -> Files.readString(list).equals(NETWORK));
      await()
          .untilAsserted(
              () ->
                  assertThat(watch.status().reason()).startsWith("the plugin's files are gone: "));
      Files.createDirectory(bin);
      await().until(() -> !Files.readString(list).equals(NETWORK));
      assertThat(call(Map.of(), "")).isEqualTo(new Answer(0, "one"));
      await().until(() -> watch.status().state() == ChainStatus.State.CHAINED);
    }
  }

  @Test
  void missingFolder_isNamed() {
    assertThatThrownBy(() -> new PluginBundle(source, bin.resolve("none")).install())
        .hasMessageContaining("none: missing (expected: ");
    assertThatThrownBy(() -> new PluginBundle(bin, bin).install())
        .hasMessageContaining("podstamp: missing (expected: ");
  }

  @Test
  void uninstalled_leavesTheTombstoneOnly() throws Exception {
    new PluginBundle(source, bin).install();

    assertThat(new PluginBundle(source, bin).uninstall()).isTrue();

    assertThat(names()).containsExactlyInAnyOrder("bridge", "podstamp");
    assertThat(new PluginBundle(source, bin).uninstall()).isFalse();
    assertThat(call(Map.of("CNI_COMMAND", "DEL"), "")).isEqualTo(new Answer(0, ""));
  }

  @Test
  void neverInstalled_leavesNothing() throws IOException {
    assertThat(new PluginBundle(source, bin).uninstall()).isFalse();

    assertThat(names()).containsExactly("bridge");
  }

  @Test
  void tombstone_answersEveryVerb() throws Exception {
    buryPlugin();

    for (String verb : List.of("DEL", "CHECK", "GC", "STATUS")) {
      assertThat(call(Map.of("CNI_COMMAND", verb), "{}")).isEqualTo(new Answer(0, ""));
    }
    assertThat(JSON.readTree(call(Map.of("CNI_COMMAND", "VERSION"), "{}").stdout()))
        .isEqualTo(JSON.readTree(io.podstamp.cni.CniVersion.answer()));
  }

  @Test
  void tombstoneWithoutPrevResult_saysSo() throws Exception {
    buryPlugin();

    Answer answer = call(Map.of("CNI_COMMAND", "ADD"), "{\"name\": \"prevResult\", \"x\": [{}]}");

    assertThat(answer.exit()).isEqualTo(1);
    assertThat(JSON.readTree(answer.stdout()).get("code").asInt()).isEqualTo(7);
  }

  @Test
  void tombstone_echoesPrevResultAsItCame() throws Exception {
    buryPlugin();
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      String result = object(random, 3);
      String stdin =
          "{%s \"a\": \"prevResult\\\"\", \"n\": 1.5e3, \"o\":{\"prevResult\": {\"wrong\": 1}}, \"prevResult\"%s:%s%s, \"z\": [\"]}\", {}] }"
              .formatted(blank(random), blank(random), blank(random), result);

      Answer answer = call(Map.of("CNI_COMMAND", "ADD"), stdin);

      assertThat(answer).isEqualTo(new Answer(0, result));
      assertThat(JSON.readTree(answer.stdout())).isEqualTo(JSON.readTree(stdin).get("prevResult"));
    }
  }

  private static String object(Random random, int depth) {
    StringBuilder json = new StringBuilder("{" + blank(random));
    for (int i = random.nextInt(4); i >= 0; i--) {
      json.append("\"k").append(i).append("\\\\\":").append(blank(random));
      json.append(value(random, depth)).append(i > 0 ? "," : "");
    }
    return json.append('}').toString();
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 6 : 4)) {
      case 0 -> "\"a } ] { \\\" \\\\ * ? $(exit 3) `exit 4` %s \\u00e4 ä\"";
      case 1 -> "-12.5e-3";
      case 2 -> "null";
      case 3 -> "\"\"";
      case 4 ->
          "[" + value(random, depth - 1) + "," + blank(random) + value(random, depth - 1) + "]";
      default -> object(random, depth - 1);
    };
  }

  private static String blank(Random random) {
    return " \n\t".substring(random.nextInt(4));
  }

  private void buryPlugin() throws IOException {
    new PluginBundle(source, bin).install();
    new PluginBundle(source, bin).uninstall();
  }

  private record Answer(int exit, String stdout) {}

  private Answer call(Map<String, String> environment, String stdin)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(bin.resolve("podstamp").toString());
    builder.environment().putAll(environment);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var out = process.getOutputStream()) {
      out.write(stdin.getBytes(UTF_8));
    } catch (IOException e) {
      // It did not want to read, which is its right for all verbs but ADD.
    }
    String stdout = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Answer(
        process.waitFor(),
        stdout.endsWith("\n") ? stdout.substring(0, stdout.length() - 1) : stdout);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(bin)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
