package io.podstamp.install;

import io.podstamp.store.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The folder where a container runtime finds its network: it takes the first file by name that
/// ends in `.conf`, `.conflist` or `.json` (libcni, `ConfFiles`; containerd and CRI-O both). CRI-O
/// leaves out what it cannot read ([RuntimeKind]).
///
/// A single configuration cannot hold a second plugin. It is moved aside, to a name that no runtime
/// reads, and a list that holds it stands in its place; taking the chain away moves it back.
public final class ConfDir {
  /// Suffix of a `.conf` file that our generated `.conflist` replaces.
  static final String ASIDE = ".podstamp-aside";

  private static final String LIST = ".conflist";

  private static final List<String> SINGLES = List.of(".conf", ".json");

  private static final Path NETNS_DIR = Path.of("/run/netns");

  private final Path folder;
  private final Path netnsDir;

  /// One whose runtime has its namespaces where runtimes mostly have them.
  ///
  /// @param folder such as `/etc/cni/net.d`
  public ConfDir(Path folder) {
    this(folder, NETNS_DIR);
  }

  /// @param netnsDir where the runtime has the namespaces of Pods
  public ConfDir(Path folder, Path netnsDir) {
    this.folder = folder;
    this.netnsDir = netnsDir;
  }

  /// Chains podstamp into the network that the runtime uses, or brings its entry up to date, and
  /// takes it out of all others: a runtime that uses several networks would have a Pod captured
  /// once for each.
  public Outcome chain(ChainEntry entry) {
    try {
      List<Path> files = used();
      if (files.isEmpty()) {
        return new Outcome.LeftAlone(
            folder
                + ": empty (expected: a network configuration, .conf, .conflist or .json; maybe the"
                + " cluster's network is not installed yet)");
      }
      Path first = files.getFirst();
      if (!first.toString().endsWith(LIST)) {
        return inPlace(first, () -> wrap(first, files, entry));
      }
      Outcome outcome = inPlace(first, () -> chainList(first, entry));
      if (!(outcome instanceof Outcome.LeftAlone)) {
        unchainAllBut(first);
      }
      return outcome;
    } catch (IOException e) {
      return new Outcome.LeftAlone(sentence(folder, e));
    }
  }

  /// Takes podstamp out of every network configuration there is, also of those that the runtime
  /// does not use now.
  ///
  /// @return what came of each file that has something of ours; empty when there was none
  public List<Outcome> unchain() {
    return unchainAllBut(null);
  }

  private List<Outcome> unchainAllBut(@Nullable Path used) {
    List<Outcome> outcomes = new ArrayList<>();
    try {
      for (Path aside : asides()) {
        if (!listFor(withoutAside(aside)).equals(used)) {
          outcomes.add(inPlace(aside, () -> unwrap(aside)));
        }
      }
      for (Path file : files()) {
        Outcome outcome =
            file.equals(used)
                ? new Outcome.Unchanged(file)
                : inPlace(file, () -> unchainList(file));
        if (!(outcome instanceof Outcome.Unchanged)) {
          outcomes.add(outcome);
        }
      }
    } catch (IOException e) {
      outcomes.add(new Outcome.LeftAlone(sentence(folder, e)));
    }
    return outcomes;
  }

  private interface Edit {
    Outcome run() throws IOException, UnusableException;
  }

  private static Outcome inPlace(Path file, Edit edit) {
    try {
      return edit.run();
    } catch (UnusableException e) {
      return new Outcome.LeftAlone(file + ": " + e.getMessage());
    } catch (IOException e) {
      return new Outcome.LeftAlone(sentence(file, e));
    }
  }

  private Outcome chainList(Path file, ChainEntry entry) throws IOException, UnusableException {
    byte[] text = Files.readAllBytes(file);
    return write(file, text, Conflist.parse(text).chained(entry));
  }

  private Outcome unchainList(Path file) throws IOException, UnusableException {
    byte[] text = Files.readAllBytes(file);
    if (!file.toString().endsWith(LIST) || !mentionsUs(text)) {
      return new Outcome.Unchanged(file);
    }
    Conflist list = Conflist.parse(text);
    if (hasSingleBeside(file, list)) {
      Files.delete(file);
      AtomicFile.syncFolder(file);
      return new Outcome.Changed(file);
    }
    return write(file, text, list.unchained());
  }

  /// Whether the single configuration that a list stands in for is still, or again, in its place:
  /// whoever wrapped or unwrapped it was killed between two steps.
  private static boolean hasSingleBeside(Path file, Conflist list) throws IOException {
    String name = file.getFileName().toString();
    String stem = name.substring(0, name.length() - LIST.length());
    for (String ending : SINGLES) {
      Path single = file.resolveSibling(stem + ending);
      if (Files.isRegularFile(single) && list.wraps(Files.readAllBytes(single))) {
        return true;
      }
    }
    return false;
  }

  private static boolean mentionsUs(byte[] text) {
    return new String(text, StandardCharsets.ISO_8859_1).contains(ChainEntry.TYPE);
  }

  private Outcome write(Path file, byte[] before, byte[] after) throws IOException {
    if (Arrays.equals(before, after)) {
      return new Outcome.Unchanged(file);
    }
    // A link stays one: what it leads to is replaced.
    Path target = file.toRealPath();
    if (!Arrays.equals(Files.readAllBytes(target), before)) {
      throw new FileSystemException(
          file.toString(), null, "changed while it was read; it is looked at again");
    }
    AtomicFile.removeLeftBehind(folder);
    AtomicFile.write(target, after, target);
    if (!target.equals(folder.toRealPath().resolve(file.getFileName()))) {
      wakeRuntime();
    }
    return new Outcome.Changed(file);
  }

  /// The runtime watches the folder, not what links in it lead to; a file that goes away makes it
  /// read again.
  private void wakeRuntime() throws IOException {
    Path mark = Replacement.unfinished(folder.resolve("wake"));
    Files.deleteIfExists(mark);
    Files.createFile(mark);
    Files.delete(mark);
  }

  private Outcome wrap(Path file, List<Path> files, ChainEntry entry)
      throws IOException, UnusableException {
    byte[] list = Conflist.parse(Conflist.wrap(Files.readAllBytes(file))).chained(entry);
    Path wrapped = listFor(file);
    Path aside = file.resolveSibling(file.getFileName() + ASIDE);
    boolean ours = Files.exists(aside) || isWrapped(wrapped, file);
    if (Files.exists(wrapped) && !ours) {
      throw new UnusableException(
          "a list of plugins named "
              + wrapped.getFileName()
              + " exists (expected: no such file, so that this one can be put into a list)");
    }
    Path first =
        Stream.concat(files.stream().filter(other -> !other.equals(file)), Stream.of(wrapped))
            .sorted()
            .findFirst()
            .orElseThrow();
    if (!first.equals(wrapped)) {
      throw new UnusableException(
          first.getFileName()
              + " would come before "
              + wrapped.getFileName()
              + " (expected: one configuration whose name comes first)");
    }
    // Until the rename the runtime still takes the single one: its name comes first.
    AtomicFile.write(wrapped, list, file);
    try {
      AtomicFile.rename(file, aside);
    } catch (IOException e) {
      Files.deleteIfExists(wrapped);
      throw e;
    }
    return new Outcome.Changed(wrapped);
  }

  private Outcome unwrap(Path aside) throws IOException {
    Path single = withoutAside(aside);
    Path wrapped = listFor(single);
    boolean ours = isWrapped(wrapped, aside);
    if (ours && !Files.exists(single)) {
      // Its name comes first, so the runtime takes it as soon as it is there.
      AtomicFile.rename(aside, single);
    } else {
      // Its owner has written it anew, has edited the list, or has taken it away.
      Files.delete(aside);
    }
    if (ours) {
      Files.delete(wrapped);
    }
    AtomicFile.syncFolder(single);
    return new Outcome.Changed(single);
  }

  /// Whether a list is there and is what we make of a single configuration.
  private static boolean isWrapped(Path list, Path single) throws IOException {
    try {
      return Files.exists(list)
          && Conflist.parse(Files.readAllBytes(list)).wraps(Files.readAllBytes(single));
    } catch (UnusableException e) {
      return false;
    }
  }

  private static Path withoutAside(Path aside) {
    String name = aside.getFileName().toString();
    return aside.resolveSibling(name.substring(0, name.length() - ASIDE.length()));
  }

  private static Path listFor(Path single) {
    String name = single.getFileName().toString();
    return single.resolveSibling(name.substring(0, name.lastIndexOf('.')) + LIST);
  }

  /// From the one that the runtime uses on.
  List<Path> used() throws IOException {
    List<Path> files = files();
    if (!RuntimeKind.by(netnsDir).skipsWhatItCannotRead()) {
      return files;
    }
    for (int i = 0; i < files.size(); i++) {
      if (isReadable(files.get(i))) {
        return files.subList(i, files.size());
      }
    }
    return files;
  }

  private static boolean isReadable(Path file) throws IOException {
    try {
      byte[] text = Files.readAllBytes(file);
      return file.toString().endsWith(LIST)
          ? Conflist.isReadableList(text)
          : Conflist.isReadableSingle(text);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /// What the runtime looks at, in its order.
  List<Path> files() throws IOException {
    return list(name -> name.endsWith(LIST) || SINGLES.stream().anyMatch(name::endsWith));
  }

  private List<Path> asides() throws IOException {
    return list(name -> name.endsWith(ASIDE));
  }

  private List<Path> list(Predicate<String> wanted) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(file -> wanted.test(file.getFileName().toString()) && !Files.isDirectory(file))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String sentence(Path where, IOException e) {
    @Nullable String about = e instanceof FileSystemException named ? named.getFile() : null;
    String name = about == null ? where.toString() : about;
    return switch (e) {
      case NoSuchFileException missing ->
          name
              + ": missing (expected: to be there; maybe it is not mounted, or a link leads nowhere)";
      case AccessDeniedException denied -> name + ": access denied (expected: the right to write)";
      case FileSystemException failed ->
          name + ": " + failed.getReason() + " (expected: a file that can be read and replaced)";
      default ->
          where + ": " + e.getMessage() + " (expected: a file that can be read and replaced)";
    };
  }
}
