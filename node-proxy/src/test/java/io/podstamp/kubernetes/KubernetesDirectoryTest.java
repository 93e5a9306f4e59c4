package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.config.Annotations;
import io.podstamp.identity.Directory.Change;
import io.podstamp.identity.FeedHealth;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KubernetesDirectoryTest {
  private static final String IP = "10.1.0.5";

  private final List<Change> heard = new CopyOnWriteArrayList<>();
  private FakeApi api;
  private KubernetesClient client;
  private KubernetesDirectory directory;

  @BeforeEach
  void setUp() throws IOException {
    api = new FakeApi();
    client = api.client();
    directory = new KubernetesDirectory(client, Pods.NODE);
    directory.onChange(heard::add);
  }

  @AfterEach
  void tearDown() {
    directory.close();
    client.close();
    api.close();
  }

  @Test
  void start_objectsThere_areKnownOnceSynced() throws IOException {
    api.putUnheard(Pods.running("a", IP));
    api.putUnheard(Pods.namespace("shop", Map.of("k", "v")));
    assertThat(directory.synced()).isFalse();
    up();
    assertThat(uidAt(IP)).isEqualTo("uid-a");
    assertThat(directory.byUid("uid-a")).isNotNull();
    assertThat(directory.byName("shop", "a")).isNotNull();
    assertThat(directory.pods()).hasSize(1);
    assertThat(directory.namespace("shop"))
        .isEqualTo(new NamespaceRecord("uid-shop", Map.of("k", "v")));
    assertThat(directory.namespace("other")).isNull();
    assertThat(heard)
        .contains(
            new Change.OfPod(new PodRef("shop", "a", "uid-a")), new Change.OfNamespace("shop"));
  }

  @Test
  void start_nothingThere_isSynced() throws IOException {
    up();
    assertThat(directory.pods()).isEmpty();
  }

  @Test
  void start_asksForThisNodesPodsOnly() throws IOException {
    up();
    assertThat(api.requests)
        .anySatisfy(
            uri -> assertThat(uri).startsWith("/api/v1/pods").contains("spec.nodeName%3Dnode-1"))
        .allSatisfy(
            uri ->
                assertThat(uri.startsWith("/api/v1/pods"))
                    .isEqualTo(uri.contains("fieldSelector=spec.nodeName%3Dnode-1")));
  }

  @Test
  void start_podOfAnotherNode_isDropped() throws IOException {
    Pod other =
        new PodBuilder(Pods.running("b", "10.1.0.6"))
            .editSpec()
            .withNodeName("node-2")
            .endSpec()
            .build();
    api.putUnheard(other);
    up();
    api.put(other);
    api.put(Pods.running("a", IP));
    await().until(() -> "uid-a".equals(uidAt(IP)));
    assertThat(directory.byUid("uid-b")).isNull();
    assertThat(uidAt("10.1.0.6")).isNull();
  }

  @Test
  void start_apiAway_returnsAndCatchesUpLater() throws IOException {
    directory.start();
    assertThat(directory.synced()).isFalse();
    assertThat(directory.namespace("shop")).isNull();
    api.putUnheard(Pods.running("a", IP));
    api.up();
    await().until(directory::synced);
    assertThat(uidAt(IP)).isEqualTo("uid-a");
  }

  @Test
  void start_apiAnswersWithErrors_isAskedAgain() throws IOException {
    api.status = 403;
    api.up();
    directory.start();
    await().until(() -> api.requests.size() > 10);
    assertThat(directory.synced()).isFalse();
    api.status = 200;
    await().until(directory::synced);
  }

  @Test
  void watch_podChanges_areFollowed() throws IOException {
    up();
    api.put(Pods.running("a", IP));
    await().until(() -> "uid-a".equals(uidAt(IP)));

    api.put(Pods.withPhase(Pods.running("a", IP), "Succeeded"));
    await().until(() -> uidAt(IP) == null);
    assertThat(directory.byUid("uid-a")).isNotNull();

    api.remove("uid-a");
    await().until(() -> directory.byUid("uid-a") == null);
    assertThat(heard).hasSize(3).containsOnly(new Change.OfPod(new PodRef("shop", "a", "uid-a")));
  }

  @Test
  void watch_namespaceChanges_areFollowed() throws IOException {
    up();
    api.put(Pods.namespace("shop", Map.of("k", "1")));
    await()
        .until(
            () ->
                new NamespaceRecord("uid-shop", Map.of("k", "1"))
                    .equals(directory.namespace("shop")));
    api.put(Pods.namespace("shop", Map.of("k", "2")));
    await()
        .until(
            () ->
                new NamespaceRecord("uid-shop", Map.of("k", "2"))
                    .equals(directory.namespace("shop")));
    api.remove("uid-shop");
    await().until(() -> directory.namespace("shop") == null);
  }

  /// Labels of ours count, others are none of a Namespace's record.
  @Test
  void watch_labelsOfNamespaceAndPod_areDelivered() throws IOException {
    up();
    Namespace shop = Pods.namespace("shop", Map.of("k", "1"));
    shop.getMetadata().setLabels(Map.of("team", "a"));
    api.put(shop);
    await()
        .until(
            () ->
                new NamespaceRecord("uid-shop", Map.of("k", "1"))
                    .equals(directory.namespace("shop")));

    Map<String, String> on = Map.of("podstamp.io/enabled", "true");
    Namespace labelled = Pods.namespace("shop", Map.of("k", "1"));
    labelled.getMetadata().setLabels(on);
    api.put(labelled);
    await()
        .until(
            () ->
                new NamespaceRecord("uid-shop", Annotations.withLabels(Map.of("k", "1"), on))
                    .equals(directory.namespace("shop")));

    Pod pod = Pods.running("a", IP);
    pod.getMetadata().setLabels(on);
    api.put(pod);
    await().until(() -> directory.byUid("uid-a") != null);
    assertThat(directory.byUid("uid-a"))
        .extracting(PodRecord::annotations)
        .isEqualTo(Annotations.withLabels(Map.of(), on));
  }

  @Test
  void watch_nothingOfOursChanged_isNotTold() throws IOException {
    up();
    api.put(Pods.running("a", IP));
    api.put(
        new PodBuilder(Pods.running("a", IP))
            .editStatus()
            .withMessage("a status that nobody reads")
            .endStatus()
            .build());
    api.put(Pods.running("b", "10.1.0.6"));
    await().until(() -> "uid-b".equals(uidAt("10.1.0.6")));
    await().until(() -> heard.size() == 2);
  }

  @Test
  void watch_listenerThrows_othersHear() throws IOException {
    directory.onChange(
        change -> {
          throw new IllegalStateException("a listener of this test fails");
        });
    List<Change> second = new CopyOnWriteArrayList<>();
    directory.onChange(second::add);
    up();
    api.put(Pods.running("a", IP));
    await().until(() -> second.size() == 1);
  }

  @Test
  void watch_historyGone_isListedAgain() throws IOException {
    api.putUnheard(Pods.running("a", IP));
    api.putUnheard(Pods.running("b", "10.1.0.6"));
    up();
    api.removeUnheard("uid-a");
    api.putUnheard(Pods.running("c", "10.1.0.7"));
    api.forgetHistory();
    await().until(() -> "uid-c".equals(uidAt("10.1.0.7")));
    await().until(() -> directory.byUid("uid-a") == null);
    assertThat(uidAt(IP)).isNull();
    assertThat(uidAt("10.1.0.6")).isEqualTo("uid-b");
    await().until(() -> api.watching() == 2);
    api.put(Pods.running("d", "10.1.0.8"));
    await().until(() -> "uid-d".equals(uidAt("10.1.0.8")));
  }

  @Test
  void watch_endedByTheServer_isOpenedAgain() throws IOException {
    up();
    api.endWatches();
    await().until(() -> api.watching() == 2);
    api.put(Pods.running("a", IP));
    await().until(() -> "uid-a".equals(uidAt(IP)));
  }

  @Test
  void watch_apiDiesAndReturns_keepsWhatItKnewThenCatchesUp() throws IOException {
    api.putUnheard(Pods.running("a", IP));
    api.putUnheard(Pods.namespace("shop", Map.of("k", "1")));
    up();
    api.down();
    assertThat(uidAt(IP)).isEqualTo("uid-a");
    assertThat(directory.namespace("shop"))
        .isEqualTo(new NamespaceRecord("uid-shop", Map.of("k", "1")));
    assertThat(directory.synced()).isTrue();

    api.put(Pods.running("b", "10.1.0.6"));
    api.up();
    await().until(() -> "uid-b".equals(uidAt("10.1.0.6")));
    api.put(Pods.running("c", "10.1.0.7"));
    await().until(() -> "uid-c".equals(uidAt("10.1.0.7")));
  }

  @Test
  void watch_apiReturnsWithoutItsHistory_isListedAgain() throws IOException {
    api.putUnheard(Pods.running("a", IP));
    up();
    api.down();
    api.removeUnheard("uid-a");
    api.putUnheard(Pods.running("b", IP));
    api.forgetHistory();
    api.up();
    await().until(() -> "uid-b".equals(uidAt(IP)));
    await().until(() -> directory.byUid("uid-a") == null);
  }

  @Test
  void close_whileTheApiIsAway_asksNoMore() throws IOException {
    directory.start();
    directory.close();
    api.up();
    directory.close();
    client.namespaces().list();
    assertThat(api.requests).hasSizeLessThan(4);
    assertThat(api.watching()).isZero();
  }

  @Test
  void watch_halfOpenConnection_isLeftWithinTheLifeOfAWatch() throws IOException {
    try (HalfOpen relay = new HalfOpen(api.port());
        KubernetesClient through = api.client(relay.port());
        KubernetesDirectory directory =
            new KubernetesDirectory(through, Pods.NODE, Duration.ofSeconds(1))) {
      api.up();
      api.putUnheard(Pods.running("a", IP));
      directory.start();
      await().until(() -> directory.synced() && api.watching() >= 2);
      long lists = lists();

      relay.kill();
      api.put(Pods.running("b", "10.1.0.6"));

      assertThat(directory.byUid("uid-a")).isNotNull();
      await().until(() -> directory.byUid("uid-b") != null);
      assertThat(lists()).as("lists asked for again").isEqualTo(lists);
      assertThat(directory.feeds()).allMatch(FeedHealth::watching);
    }
  }

  @Test
  void watch_serverBehindDeadConnections_isSaidToBeSilentUntilItIsBack() throws IOException {
    try (HalfOpen relay = new HalfOpen(api.port());
        KubernetesClient through = api.client(relay.port());
        KubernetesDirectory directory =
            new KubernetesDirectory(through, Pods.NODE, Duration.ofSeconds(1))) {
      api.up();
      api.putUnheard(Pods.running("a", IP));
      directory.start();
      await().until(() -> directory.synced() && api.watching() >= 2);

      relay.killAll(true);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  directory.feeds().stream()
                      .noneMatch(
                          feed ->
                              feed.watching() || feed.age().compareTo(Duration.ofSeconds(3)) < 0));
      assertThat(directory.silences())
          .hasSize(2)
          .first()
          .asString()
          .matches("news of pods from the API server \\(none for \\d+ s\\)");
      assertThat(directory.silentSince()).isBefore(Instant.now().minusSeconds(2));
      assertThat(directory.byUid("uid-a")).isNotNull();
      assertThat(directory.synced()).isTrue();

      relay.killAll(false);
      api.put(Pods.running("b", "10.1.0.6"));
      await().atMost(Duration.ofSeconds(60)).until(() -> directory.byUid("uid-b") != null);
      await().until(() -> directory.silences().isEmpty());
      assertThat(directory.silentSince()).isNull();
    }
  }

  @Test
  void watch_quietCluster_isHeardOfAllTheSame() throws IOException {
    try (KubernetesDirectory directory =
        new KubernetesDirectory(client, Pods.NODE, Duration.ofSeconds(1))) {
      api.up();
      directory.start();
      await().until(directory::synced);
      long lists = lists();
      long before = watchesAskedFor();
      await().until(() -> watchesAskedFor() >= before + 6);
      await()
          .until(
              () ->
                  directory.feeds().stream()
                      .allMatch(
                          feed ->
                              feed.watching() && feed.age().compareTo(Duration.ofSeconds(3)) < 0));
      assertThat(lists()).isEqualTo(lists);
    }
  }

  private long watchesAskedFor() {
    return api.requests.stream().filter(uri -> uri.contains("watch=true")).count();
  }

  private long lists() {
    return api.requests.size() - watchesAskedFor();
  }

  @Test
  void watch_podReplacedUnheardUnderTheSameName_isTheNewOne() throws IOException {
    api.putUnheard(Pods.running("db-0", IP));
    up();
    api.removeUnheard("uid-db-0");
    api.putUnheard(Pods.withUid(Pods.running("db-0", IP), "uid-new"));
    api.forgetHistory();
    await().until(() -> "uid-new".equals(uidAt(IP)));
    await().until(() -> directory.byUid("uid-db-0") == null);
    PodRecord byName = directory.byName("shop", "db-0");
    assertThat(byName).isNotNull();
    assertThat(byName.ref().uid()).isEqualTo("uid-new");
    assertThat(uidAt(IP)).isEqualTo("uid-new");
  }

  private void up() throws IOException {
    api.up();
    directory.start();
    await().until(() -> directory.synced() && api.watching() == 2);
  }

  private @Nullable String uidAt(String ip) {
    PodRecord record = directory.byIp(InetAddress.ofLiteral(ip));
    return record == null ? null : record.ref().uid();
  }
}
