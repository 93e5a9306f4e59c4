package io.podstamp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Annotations;
import io.podstamp.config.Config;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.Lookup.Found;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PoliciesTest {
  private static final PodRef WEB = new PodRef("shop", "web", "uid-web");
  private static final Map<String, String> ENABLED = Map.of("podstamp.io/enabled", "true");
  private static final Map<String, String> DISABLED = Map.of("podstamp.io/enabled", "false");
  private static final Map<String, String> BROKEN = Map.of("podstamp.io/enabled", "ture");

  private final Known directory = new Known();
  private Lookup lookup =
      pod -> {
        throw new AssertionError("the directory knows");
      };
  private final Policies policies =
      new Policies(() -> Config.DEFAULT, directory, pod -> lookup.find(pod));

  private static Attachment web() {
    return new Attachment(
        "container",
        "eth0",
        Path.of("/run/netns/cni-1"),
        1,
        WEB,
        List.of(InetAddress.getLoopbackAddress()),
        Map.of());
  }

  private static PodRecord pod(Map<String, String> annotations) {
    return new PodRecord(
        WEB,
        List.of(InetAddress.getLoopbackAddress()),
        WEB.name(),
        null,
        Map.of(),
        annotations,
        new Workload("Pod", WEB.name()),
        null,
        false,
        false,
        PodRecord.Life.LIVE,
        Instant.MIN,
        null,
        Set.of(),
        List.of());
  }

  private void namespaceIs(String uid, Map<String, String> annotations) {
    directory.namespaces.put("shop", new NamespaceRecord(uid, annotations));
    policies.onNamespace("shop");
  }

  private void namespaceGoes() {
    directory.namespaces.remove("shop");
    policies.onNamespace("shop");
  }

  private Enablement enablement() {
    return policies.of(web(), Map.of()).policy().enablement().value();
  }

  @Test
  void lookUp_overtakenByTheDirectory_theDirectoryWins() {
    lookup =
        ref -> {
          // Asked for when it was enabled; both are disabled by the time the answer is here.
          directory.pods.put(WEB.uid(), pod(DISABLED));
          namespaceIs("uid-1", DISABLED);
          return new Lookup.Answer(
              new Found.Known<>(pod(ENABLED)),
              new Found.Known<>(new NamespaceRecord("uid-1", ENABLED)));
        };
    Policies.Wanted wanted = policies.of(web(), Map.of());
    assertThat(wanted.policy().enablement().value()).isEqualTo(Enablement.DISABLED);
    assertThat(wanted.podAnnotations()).isEqualTo(DISABLED);
    assertThat(wanted.namespace()).isEqualTo(new NamespaceRecord("uid-1", DISABLED));
  }

  /// A runtime passes annotations and no labels: whether it is enabled has to be asked.
  @Test
  void lookUp_runtimePassedOtherAnnotations_labelsAreAskedFor() {
    namespaceIs("uid-1", Map.of());
    Map<String, String> byLabel = Annotations.withLabels(Map.of(), ENABLED);
    lookup =
        ref ->
            new Lookup.Answer(
                new Found.Known<>(pod(byLabel)),
                new Found.Known<>(new NamespaceRecord("uid-1", Map.of())));

    assertThat(
            policies
                .of(web().withAnnotations(Map.of("app", "web")), Map.of())
                .policy()
                .enablement()
                .value())
        .isEqualTo(Enablement.ENABLED);
  }

  /// Nothing that a look-up answers is remembered: the directory may be ahead of it.
  @Test
  void lookUp_isNotRemembered() {
    lookup =
        ref ->
            new Lookup.Answer(
                new Found.Known<>(pod(Map.of())),
                new Found.Known<>(new NamespaceRecord("uid-1", ENABLED)));
    assertThat(enablement()).isEqualTo(Enablement.ENABLED);
    assertThat(policies.known(web()).namespaceKnown()).isFalse();
  }

  @Test
  void annotationBreaks_whatItSaidBeforeStaysInForce() {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    namespaceIs("uid-1", ENABLED);
    namespaceIs("uid-1", BROKEN);
    PodPolicy policy = policies.of(web(), Map.of()).policy();
    assertThat(policy.enablement().value()).isEqualTo(Enablement.ENABLED);
    assertThat(policy.problems()).singleElement().asString().contains("ture");
  }

  @Test
  void namespaceMadeAnew_forgetsWhatTheOldOneSaid() {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    namespaceIs("uid-1", ENABLED);
    namespaceGoes();
    namespaceIs("uid-2", BROKEN);
    assertThat(enablement()).isEqualTo(Enablement.DISABLED);
  }

  /// A watch that broke tells of the new one only.
  @Test
  void namespaceMadeAnew_itsEndIsNotTold_forgetsWhatTheOldOneSaid() {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    namespaceIs("uid-1", ENABLED);
    namespaceIs("uid-2", BROKEN);
    assertThat(enablement()).isEqualTo(Enablement.DISABLED);
  }

  /// An earlier release did not write the UID down.
  @Test
  void remembered_withoutUid_isTakenForTheSame() {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    policies.remember("shop", new NamespaceRecord("", ENABLED));
    namespaceIs("uid-1", BROKEN);
    assertThat(enablement()).isEqualTo(Enablement.ENABLED);
  }

  @Test
  void memory_isBoundedByTheNamespacesThatExist() {
    for (int i = 0; i < 1000; i++) {
      directory.namespaces.put("made-" + i, new NamespaceRecord("uid-" + i, ENABLED));
      policies.onNamespace("made-" + i);
      directory.namespaces.remove("made-" + i);
      policies.onNamespace("made-" + i);
      policies.remember("remembered-" + i, new NamespaceRecord("uid-" + i, ENABLED));
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(policies.ofNamespace("made-" + i).namespaceKnown()).isFalse();
      assertThat(policies.ofNamespace("remembered-" + i).namespaceKnown()).isTrue();
    }
    policies.onSynced();
    for (int i = 0; i < 1000; i++) {
      assertThat(policies.ofNamespace("remembered-" + i).namespaceKnown()).isFalse();
    }
  }

  /// The directory begins before anybody listens to it.
  @Test
  void synced_remembersNamespacesThatWereToldBefore() {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    directory.namespaces.put("shop", new NamespaceRecord("uid-1", ENABLED));
    policies.onSynced();
    namespaceIs("uid-1", BROKEN);
    assertThat(enablement()).isEqualTo(Enablement.ENABLED);
  }

  /// Events come in order, on one thread; whoever else asks may be late, and changes nothing.
  @Test
  void memory_isThatOfTheEventsInTheirOrder_howeverManyAsk() throws Exception {
    directory.pods.put(WEB.uid(), pod(Map.of()));
    AtomicBoolean done = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    lookup = ref -> new Lookup.Answer(new Found.Absent<>(), new Found.Absent<>());
    try (ExecutorService readers = Executors.newFixedThreadPool(4)) {
      for (int reader = 0; reader < 4; reader++) {
        readers.execute(
            () -> {
              try {
                while (!done.get()) {
                  policies.of(web(), Map.of());
                  policies.ofNamespace("shop");
                  policies.of(pod(Map.of()));
                  policies.onSynced();
                }
              } catch (RuntimeException | Error e) {
                failures.add(e);
              }
            });
      }
      Map<String, String> inForce = new HashMap<>();
      for (int event = 0; event < 20_000; event++) {
        switch (event % 5) {
          case 0 -> {
            namespaceIs("uid-" + event / 50, ENABLED);
            inForce.put("podstamp.io/enabled", "true");
          }
          case 2 -> {
            namespaceIs("uid-" + event / 50, DISABLED);
            inForce.put("podstamp.io/enabled", "false");
          }
          case 4 -> {
            if (event % 50 == 49) {
              namespaceGoes();
              inForce.clear();
            }
          }
          default -> namespaceIs("uid-" + event / 50, BROKEN);
        }
        Enablement wanted =
            "true".equals(inForce.get("podstamp.io/enabled"))
                ? Enablement.ENABLED
                : Enablement.DISABLED;
        assertThat(policies.known(web()).enablement().value()).as("%d", event).isEqualTo(wanted);
        assertThat(policies.ofNamespace("shop").enablement().value()).isEqualTo(wanted);
      }
      done.set(true);
    }
    assertThat(failures).isEmpty();
  }

  private static final class Known implements Directory {
    private final Map<String, NamespaceRecord> namespaces = new ConcurrentHashMap<>();
    private final Map<String, PodRecord> pods = new ConcurrentHashMap<>();

    @Override
    public @Nullable PodRecord byIp(InetAddress ip) {
      return null;
    }

    @Override
    public @Nullable PodRecord byUid(String uid) {
      return pods.get(uid);
    }

    @Override
    public @Nullable PodRecord byName(String namespace, String name) {
      return null;
    }

    @Override
    public Collection<PodRecord> pods() {
      return pods.values();
    }

    @Override
    public @Nullable NamespaceRecord namespace(String name) {
      return namespaces.get(name);
    }

    @Override
    public Set<String> namespaces() {
      return Set.copyOf(namespaces.keySet());
    }

    @Override
    public void onChange(Consumer<Change> listener) {
      throw new AssertionError("the composition root listens");
    }

    @Override
    public boolean synced() {
      return true;
    }
  }
}
