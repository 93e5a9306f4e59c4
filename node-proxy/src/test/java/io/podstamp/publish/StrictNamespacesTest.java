package io.podstamp.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
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

  @Test
  void update_writeFails_isWrittenAtTheNextTry() throws IOException {
    directory.annotations.put("pay", STRICT);
    StrictNamespaces strict = strict();
    Path obstacle = Files.createDirectories(dir.resolve(StrictNamespaces.FILE).resolve("inside"));
    assertThatThrownBy(strict::update).hasMessageContaining("not written, tried again");

    Files.delete(obstacle);
    Files.delete(dir.resolve(StrictNamespaces.FILE));
    strict.update();
    assertThat(lines()).containsExactly("pay");
  }

  @Test
  void updateSoon_whileAtWork_returnsAtOnceAndManyMakeOneMore() throws InterruptedException {
    directory.annotations.put("pay", STRICT);
    directory.mayGoOn.acquire(); // as a slow disk
    try (StrictNamespaces strict = strict().start()) {
      strict.updateSoon();
      await().until(() -> directory.asked.get() == 1);
      for (int i = 0; i < 1000; i++) {
        strict.updateSoon();
      }
      directory.mayGoOn.release();
      await().until(() -> directory.asked.get() == 2 && lines().equals(List.of("pay")));
    }
    assertThat(directory.asked).hasValue(2);
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
    private final AtomicInteger asked = new AtomicInteger();
    private final Semaphore mayGoOn = new Semaphore(1);
    private boolean synced = true;

    @Override
    public Set<String> namespaces() {
      asked.incrementAndGet();
      mayGoOn.acquireUninterruptibly();
      mayGoOn.release();
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
