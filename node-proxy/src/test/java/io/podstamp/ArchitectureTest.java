package io.podstamp;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The package table of ARCHITECTURE.md, held against the code.
class ArchitectureTest {
  private static final String ROOT = "io.podstamp";
  private static final Path PROJECT = Path.of("..");
  private static final Pattern ROW =
      Pattern.compile("\\| (?:cni-plugin|node-proxy) \\| `(\\w+)` \\|[^|]*\\|([\\w ]*)\\|");

  private final Map<String, Set<String>> table = readTable();
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  private static Map<String, Set<String>> readTable() {
    try {
      Map<String, Set<String>> table = new TreeMap<>();
      Matcher row = ROW.matcher(Files.readString(PROJECT.resolve("ARCHITECTURE.md")));
      while (row.find()) {
        table.put(
            row.group(1),
            Arrays.stream(row.group(2).strip().split(" "))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new)));
      }
      return table;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void table_namesEveryPackageAndNoOther() {
    assertThat(classes.stream().map(ArchitectureTest::packageOf).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(table.keySet());
  }

  @Test
  void packages_useOnlyWhatTheTableAllows() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass user : classes) {
      Set<String> allowed = table.getOrDefault(packageOf(user), Set.of());
      for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
        String used = packageOf(dependency.getTargetClass());
        if (table.containsKey(used) && !used.equals(packageOf(user)) && !allowed.contains(used)) {
          violations.add(packageOf(user) + " uses " + used + ": " + dependency.getDescription());
        }
      }
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void table_hasNoCycle() {
    for (String start : table.keySet()) {
      assertThat(reachableFrom(start)).as("from %s", start).doesNotContain(start);
    }
  }

  private Set<String> reachableFrom(String start) {
    Set<String> reached = new TreeSet<>(table.getOrDefault(start, Set.of()));
    int before;
    do {
      before = reached.size();
      for (String name : Set.copyOf(reached)) {
        reached.addAll(table.getOrDefault(name, Set.of()));
      }
    } while (reached.size() > before);
    return reached;
  }

  @Test
  void kubernetesClient_isNamedByItsPackageAndTheCompositionRootsOnly() {
    assertThat(usersOf("io.fabric8.")).isSubsetOf("kubernetes", "node", "cli");
  }

  @Test
  void foreignFunctions_areCalledByOsOnly() {
    assertThat(usersOf("java.lang.foreign.")).containsExactly("os");
  }

  @Test
  void dataPath_knowsNothingOfNamespaces() {
    for (String name : Set.of("accept", "stamp", "upstream")) {
      assertThat(reachableFrom(name)).doesNotContain("netns", "os", "capture");
    }
  }

  private Set<String> usersOf(String prefix) {
    return classes.stream()
        .filter(
            user ->
                user.getDirectDependenciesFromSelf().stream()
                    .anyMatch(use -> use.getTargetClass().getName().startsWith(prefix)))
        .map(ArchitectureTest::packageOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String packageOf(JavaClass javaClass) {
    String name = javaClass.getPackageName();
    return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : name;
  }

  @Test
  void everyPackage_saysWhatItIs() {
    for (String name : table.keySet()) {
      assertThat(
              Set.of("cni-plugin", "node-proxy").stream()
                  .map(
                      module ->
                          PROJECT.resolve(
                              module + "/src/main/java/io/podstamp/" + name + "/package-info.java"))
                  .anyMatch(Files::exists))
          .as(name)
          .isTrue();
    }
  }
}
