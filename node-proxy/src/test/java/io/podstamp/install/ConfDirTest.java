package io.podstamp.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfDirTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

  @TempDir Path folder;

  static List<Path> shapes() {
    return Shapes.whole();
  }

  static List<Path> broken() {
    return Shapes.broken();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void installAndUninstall_leaveEveryByteModeAndOwner(Path shape) throws IOException {
    Path conf = Files.copy(shape, folder.resolve(shape.getFileName().toString()));
    Files.setPosixFilePermissions(conf, PosixFilePermissions.fromString("rw-r-----"));
    Files.setAttribute(conf, "unix:uid", 12);
    Files.setAttribute(conf, "unix:gid", 34);
    Map<String, String> before = contents();

    Outcome chained = new ConfDir(folder).chain(Shapes.ENTRY);

    assertThat(chained).isInstanceOf(Outcome.Changed.class);
    Path used = ((Outcome.Changed) chained).file();
    assertThat(Files.readString(used)).contains("\"podstamp\", \"socket\"");
    assertThat(Files.readAttributes(used, "unix:uid,gid,permissions"))
        .isEqualTo(
            Map.of(
                "uid", 12, "gid", 34, "permissions", PosixFilePermissions.fromString("rw-r-----")));
    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Unchanged(used));

    assertThat(new ConfDir(folder).unchain())
        .hasSize(1)
        .allMatch(Outcome.Changed.class::isInstance);
    assertThat(contents()).isEqualTo(before);
    assertThat(new ConfDir(folder).unchain()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void whatNoRuntimeCanUse_isLeftAloneWithASentence(Path shape) throws IOException {
    Path conf = Files.copy(shape, folder.resolve(shape.getFileName().toString()));
    Files.setLastModifiedTime(conf, LONG_AGO);
    Map<String, String> before = contents();

    Outcome outcome = new ConfDir(folder).chain(Shapes.ENTRY);

    assertThat(outcome).isInstanceOf(Outcome.LeftAlone.class);
    assertThat(outcome.toString()).startsWith(conf + ": ").contains("(expected: ");
    assertThat(contents()).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(conf)).isEqualTo(LONG_AGO);
  }

  @Test
  void comment_isNamedAsTheLikelyCause() throws IOException {
    Files.writeString(folder.resolve("10-a.conflist"), "{ // the network\n}");

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY).toString())
        .isEqualTo(
            folder.resolve("10-a.conflist")
                + ": byte 2: '/' (expected: '\"'); the file is no JSON (maybe a comment in it)");
  }

  @Test
  void alreadyChained_isNotWritten() throws IOException {
    Path conf = copy("01-bridge.conflist", "10-a.conflist");
    new ConfDir(folder).chain(Shapes.ENTRY);
    Files.setLastModifiedTime(conf, LONG_AGO);

    new ConfDir(folder).chain(Shapes.ENTRY);

    assertThat(Files.getLastModifiedTime(conf)).isEqualTo(LONG_AGO);
  }

  @Test
  void severalFiles_theFirstByNameIsUsed() throws IOException {
    copy("02-calico.conflist", "20-b.conflist");
    Path first = copy("01-bridge.conflist", "10-a.conflist");
    copy("01-bridge.conflist", "05-not-read.conflist.bak");

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Changed(first));
  }

  /// containerd has no network then; CRI-O takes the next one, and its Pods would start unstamped.
  static Stream<Path> unreadable() {
    Set<String> readable =
        Set.of("no-version.conflist", "old-version.conflist", "only-podstamp.conflist");
    return Shapes.broken().stream()
        .filter(shape -> !readable.contains(shape.getFileName().toString()));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void firstFileIsBroken_theNextIsUsedWhereTheRuntimeIsCriO(Path shape) throws IOException {
    Files.copy(shape, folder.resolve("05-" + shape.getFileName()));
    Path next = copy("02-calico.conflist", "20-b.conflist");
    Path netns = Files.createDirectory(folder.resolve("netns"));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY))
        .isInstanceOf(Outcome.LeftAlone.class);

    Path pod = Files.createFile(netns.resolve("0f0e5a5c-9d5f-4c55-8a3d-5e9d3c0f6a11"));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Changed(next));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY))
        .isEqualTo(new Outcome.Unchanged(next));

    Files.move(pod, netns.resolve("cni-0f0e5a5c-9d5f-4c55-8a3d-5e9d3c0f6a11"));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY))
        .isInstanceOf(Outcome.LeftAlone.class);
  }

  /// CRI-O uses it, and podstamp cannot be in it: nothing else is chained in its place.
  @ParameterizedTest
  @ValueSource(strings = {"no-version.conflist", "old-version.conflist", "only-podstamp.conflist"})
  void firstFileCannotBeChained_theNextIsNotUsedByCriO(String name) throws IOException {
    Path shape =
        Shapes.broken().stream().filter(each -> each.endsWith(name)).findFirst().orElseThrow();
    Path first = Files.copy(shape, folder.resolve("05-" + name));
    copy("02-calico.conflist", "20-b.conflist");
    Path netns = Files.createDirectory(folder.resolve("netns"));
    Files.createFile(netns.resolve("0f0e5a5c-9d5f-4c55-8a3d-5e9d3c0f6a11"));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY).toString()).startsWith(first + ": ");
  }

  @Test
  void onlyBrokenFiles_areNamedForCriOToo() throws IOException {
    Path netns = Files.createDirectory(folder.resolve("netns"));
    Files.createFile(netns.resolve("0f0e5a5c-9d5f-4c55-8a3d-5e9d3c0f6a11"));
    Path empty = Files.createFile(folder.resolve("10-a.conflist"));
    assertThat(new ConfDir(folder, netns).chain(Shapes.ENTRY).toString()).startsWith(empty + ": ");
  }

  @Test
  void anotherFileComesFirstLater_onlyItIsChained() throws IOException {
    copy("02-calico.conflist", "20-b.conflist");
    Map<String, String> before = contents();
    new ConfDir(folder).chain(Shapes.ENTRY);
    Path cilium = copy("03-cilium.conflist", "05-cilium.conflist");
    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Changed(cilium));

    Map<String, String> both = contents();
    assertThat(both).containsAllEntriesOf(before);
    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Unchanged(cilium));
    assertThat(contents()).isEqualTo(both);

    assertThat(new ConfDir(folder).unchain()).hasSize(1);

    Files.delete(cilium);
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void listComesBeforeAWrappedSingle_theSingleIsGivenBack() throws IOException {
    Path single = copy("08-bridge-single.conf", "20-a.conf");
    Map<String, String> before = contents();
    new ConfDir(folder).chain(Shapes.ENTRY);
    assertThat(single).doesNotExist();
    Path first = copy("03-cilium.conflist", "05-cilium.conflist");
    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Changed(first));

    assertThat(contents()).hasSize(2).containsAllEntriesOf(before);
  }

  @Test
  void emptyAndMissingFolder_areNamed() {
    assertThat(new ConfDir(folder).chain(Shapes.ENTRY).toString())
        .startsWith(folder + ": empty (expected: a network configuration");
    assertThat(new ConfDir(folder.resolve("none")).chain(Shapes.ENTRY).toString())
        .startsWith(folder.resolve("none") + ": missing (expected: ");
    assertThat(new ConfDir(folder).unchain()).isEmpty();
  }

  @Test
  void readOnlyFolder_isLeftAlone() throws IOException, InterruptedException {
    copy("01-bridge.conflist", "10-a.conflist");
    copy("08-bridge-single.conf", "09-single.conf");
    Map<String, String> before = contents();
    run("mount", "--bind", folder.toString(), folder.toString());
    try {
      run("mount", "-o", "remount,bind,ro", folder.toString());

      assertThat(new ConfDir(folder).chain(Shapes.ENTRY).toString())
          .contains("Read-only file system (expected: a file that can be read and replaced)");
    } finally {
      run("umount", folder.toString());
    }
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void linkInTheFolder_staysALink() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("versions.d"));
    Path target = Files.copy(shape("01-bridge.conflist"), elsewhere.resolve("network"));
    Path link =
        Files.createSymbolicLink(folder.resolve("10-a.conflist"), Path.of("versions.d/network"));
    String before = Files.readString(target);

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isEqualTo(new Outcome.Changed(link));

    assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("versions.d/network"));
    assertThat(Files.readString(target)).contains("podstamp");
    new ConfDir(folder).unchain();
    assertThat(Files.readString(target)).isEqualTo(before);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void linkToNowhere_isNamed() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("10-a.conflist"), Path.of("gone"));

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY).toString())
        .isEqualTo(
            link
                + ": missing (expected: to be there; maybe it is not mounted, or a link leads nowhere)");
    assertThat(link).isSymbolicLink();
  }

  @Test
  void single_isMovedAsideAndTheListTakesItsPlace() throws IOException {
    Path single = copy("08-bridge-single.conf", "10-a.conf");
    String text = Files.readString(single);

    Outcome outcome = new ConfDir(folder).chain(Shapes.ENTRY);

    assertThat(outcome).isEqualTo(new Outcome.Changed(folder.resolve("10-a.conflist")));
    assertThat(single).doesNotExist();
    assertThat(folder.resolve("10-a.conf" + ConfDir.ASIDE)).hasContent(text);
  }

  @Test
  void killedBeforeTheSingleWasAside_isFinishedByTheNext() throws IOException {
    copy("08-bridge-single.conf", "10-a.conf");
    Map<String, String> before = contents();
    killWhileWrapping("10-a.conf");

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY))
        .isEqualTo(new Outcome.Changed(folder.resolve("10-a.conflist")));

    assertThat(contents().keySet())
        .containsExactlyInAnyOrder("10-a.conflist", "10-a.conf" + ConfDir.ASIDE);
    new ConfDir(folder).unchain();
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void killedBeforeAnotherSingle_whoseListComesFirst_isChainedAlready() throws IOException {
    copy("08-bridge-single.conf", "10-a.json");
    killWhileWrapping("10-a.json");

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY))
        .isEqualTo(new Outcome.Unchanged(folder.resolve("10-a.conflist")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10-a.conf", "10-a.json"})
  void killedBeforeTheSingleWasAside_isUndone(String name) throws IOException {
    copy("08-bridge-single.conf", name);
    Map<String, String> before = contents();
    killWhileWrapping(name);

    new ConfDir(folder).unchain();

    assertThat(contents()).isEqualTo(before);
  }

  /// The list is written and the single configuration not moved yet; unwrapping passes this too.
  private void killWhileWrapping(String name) throws IOException {
    new ConfDir(folder).chain(Shapes.ENTRY);
    Files.move(folder.resolve(name + ConfDir.ASIDE), folder.resolve(name));
    assertThat(contents().keySet()).containsExactlyInAnyOrder(name, "10-a.conflist");
  }

  @Test
  void singleWrittenAnewByItsOwner_isWrappedAgain() throws IOException {
    Path single = copy("08-bridge-single.conf", "10-a.conf");
    new ConfDir(folder).chain(Shapes.ENTRY);
    Files.writeString(single, Files.readString(shape("26-single.json")));
    Map<String, String> anew = Map.of("10-a.conf", contents().get("10-a.conf"));

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY)).isInstanceOf(Outcome.Changed.class);

    assertThat(single).doesNotExist();
    assertThat(folder.resolve("10-a.conflist")).content().contains("macvlan", "podstamp");
    new ConfDir(folder).unchain();
    assertThat(contents()).isEqualTo(anew);
  }

  @Test
  void wrappedListEditedByAnother_keepsTheEdit() throws IOException {
    copy("08-bridge-single.conf", "10-a.conf");
    new ConfDir(folder).chain(Shapes.ENTRY);
    Path list = folder.resolve("10-a.conflist");
    Files.writeString(list, Files.readString(list).replace("cni0", "cni1"));

    new ConfDir(folder).unchain();

    assertThat(contents().keySet()).containsExactly("10-a.conflist");
    assertThat(list).content().contains("cni1").doesNotContain("podstamp");
  }

  @Test
  void singleWhoseListExists_isLeftAlone() throws IOException {
    copy("08-bridge-single.conf", "10-a.conf");
    copy("01-bridge.conflist", "10-a.conflist");
    Map<String, String> before = contents();

    assertThat(new ConfDir(folder).chain(Shapes.ENTRY).toString())
        .contains("a list of plugins named 10-a.conflist exists (expected: ");
    assertThat(contents()).isEqualTo(before);
  }

  /// Name, mode, owner and content of every file; links as what they lead to.
  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(),
            Files.readAttributes(file, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS)
                + Files.readString(file));
      }
    }
    return contents;
  }

  private Path copy(String shape, String name) throws IOException {
    return Files.copy(shape(shape), folder.resolve(name));
  }

  private static Path shape(String name) {
    return Shapes.whole().stream()
        .filter(path -> path.getFileName().toString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as("%s", List.of(command)).isZero();
  }
}
