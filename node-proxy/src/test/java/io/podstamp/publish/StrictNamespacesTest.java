package io.podstamp.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Config;
import io.podstamp.identity.Directory;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.policy.Policies;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrictNamespacesTest {
  private static final Map<String, String> STRICT =
      Map.of("podstamp.io/enabled", "true", "podstamp.io/profile", "strict");

  @TempDir private Path dir;
  private final Namespaces directory = new Namespaces();
  private final Policies policies =
      new Policies(
          () -> Config.DEFAULT,
          directory,
          pod -> {
            throw new AssertionError("a Namespace is looked up in the directory");
          });

  @Test
  void update_strictAndEnabled_areListed() throws IOException {
    directory.annotations.put("pay", STRICT);
    directory.annotations.put("bank", STRICT);
    directory.annotations.put("shop", Map.of("podstamp.io/enabled", "true"));
    directory.annotations.put("off", Map.of("podstamp.io/profile", "strict"));
    strict().update();
    assertThat(lines()).containsExactly("bank", "pay");
  }

  @Test
  void update_noLongerStrict_isTakenOut() throws IOException {
    directory.annotations.put("pay", STRICT);
    StrictNamespaces strict = strict();
    strict.update();
    directory.annotations.put("pay", Map.of());
    strict.update();
    assertThat(lines()).isEmpty();
  }

  @Test
  void update_annotationBreaks_staysListed() throws IOException {
    directory.annotations.put("pay", STRICT);
    StrictNamespaces strict = strict();
    strict.update();
    policies.onNamespace("pay");
    directory.annotations.put(
        "pay", Map.of("podstamp.io/enabled", "true", "podstamp.io/profile", "strcit"));
    policies.onNamespace("pay");
    directory.annotations.put("bank", STRICT);
    strict.update();
    assertThat(lines()).containsExactly("bank", "pay");
  }

  @Test
  void update_beforeNamespacesAreKnown_leavesTheLastAgentsList() throws IOException {
    Files.writeString(dir.resolve(StrictNamespaces.FILE), "pay\n");
    directory.synced = false;
    strict().update();
    assertThat(lines()).containsExactly("pay");
  }

  private StrictNamespaces strict() {
    return new StrictNamespaces(dir, policies, directory);
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(dir.resolve(StrictNamespaces.FILE));
  }

  /// A directory that knows Namespaces only.
  private static final class Namespaces implements Directory {
    private final Map<String, Map<String, String>> annotations = new TreeMap<>();
    private boolean synced = true;

    @Override
    public Set<String> namespaces() {
      return annotations.keySet();
    }

    @Override
    public @Nullable NamespaceRecord namespace(String name) {
      Map<String, String> known = annotations.get(name);
      return known == null ? null : new NamespaceRecord("uid-" + name, known);
    }

    @Override
    public boolean synced() {
      return synced;
    }

    @Override
    public @Nullable PodRecord byIp(InetAddress ip) {
      throw new AssertionError("no Pod is asked for");
    }

    @Override
    public @Nullable PodRecord byUid(String uid) {
      throw new AssertionError("no Pod is asked for");
    }

    @Override
    public @Nullable PodRecord byName(String namespace, String name) {
      throw new AssertionError("no Pod is asked for");
    }

    @Override
    public Collection<PodRecord> pods() {
      throw new AssertionError("no Pod is asked for");
    }

    @Override
    public void onChange(Consumer<Change> listener) {
      throw new AssertionError("nobody listens");
    }
  }
}
