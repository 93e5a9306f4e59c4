package io.podstamp.install;

import io.podstamp.netns.Doorway;
import io.podstamp.netns.Netns;
import io.podstamp.netns.NotPodNetnsException;
import io.podstamp.netns.RuleInstaller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The redirect rules that podstamp leaves in network namespaces of Pods.
final class PodRules {
  /// Takes them out of every namespace in a folder, and of others that are known.
  ///
  /// @return one sentence for each namespace where that failed
  List<String> remove(Path netnsDir, Set<Path> known) throws IOException {
    Set<Path> all = new TreeSet<>(known);
    if (Files.isDirectory(netnsDir)) {
      try (Stream<Path> entries = Files.list(netnsDir)) {
        entries.forEach(all::add);
      }
    }
    List<String> failures = new ArrayList<>();
    try (Doorway doorway = new Doorway()) {
      RuleInstaller rules = new RuleInstaller(doorway);
      for (Path path : all) {
        try (Netns netns = Netns.openPod(path)) {
          rules.remove(netns);
        } catch (NotPodNetnsException e) {
          // Gone meanwhile, or a file that is no namespace: nothing of ours can be there.
        } catch (IOException e) {
          failures.add(path + ": " + e.getMessage() + " (expected: the rules of podstamp removed)");
        }
      }
    }
    return failures;
  }
}
