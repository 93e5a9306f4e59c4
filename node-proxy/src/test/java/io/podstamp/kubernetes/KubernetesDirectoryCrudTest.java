package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The same directory against fabric8's own mock server, which watches by WebSocket as a real API
/// server does. It matches field selectors of metadata only and finds nothing by any other; here it
/// ignores them.
class KubernetesDirectoryCrudTest {
  private KubernetesMockServer server;
  private KubernetesClient client;
  private KubernetesDirectory directory;

  @BeforeEach
  void setUp() {
    server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new WithoutFieldSelectors(),
            false);
    server.init(InetAddress.ofLiteral("127.0.0.1"), 0);
    client = KubernetesClients.of(server.createClient().getConfiguration());
    directory = new KubernetesDirectory(client, Pods.NODE);
  }

  @AfterEach
  void tearDown() {
    directory.close();
    client.close();
    server.destroy();
  }

  @Test
  void watch_createUpdateDelete_areFollowed() {
    client.namespaces().resource(Pods.namespace("shop", Map.of("k", "v"))).create();
    client.resource(Pods.running("a", "10.1.0.5")).create();
    directory.start();
    await().until(directory::synced);
    await().until(() -> "a".equals(nameAt("10.1.0.5")));
    assertThat(directory.namespace("shop"))
        .extracting(NamespaceRecord::annotations)
        .isEqualTo(Map.of("k", "v"));

    client.resource(Pods.running("b", "10.1.0.6")).create();
    await().until(() -> "b".equals(nameAt("10.1.0.6")));

    client
        .pods()
        .inNamespace("shop")
        .withName("a")
        .editStatus(pod -> Pods.withPhase(pod, "Succeeded"));
    await().until(() -> nameAt("10.1.0.5") == null);

    client.pods().inNamespace("shop").withName("b").delete();
    await().until(() -> nameAt("10.1.0.6") == null);
  }

  @Test
  void start_serverIgnoresTheSelector_dropsPodsOfOtherNodes() throws InterruptedException {
    Pod other =
        new PodBuilder(Pods.running("other", "10.1.0.7"))
            .editSpec()
            .withNodeName("node-2")
            .endSpec()
            .build();
    client.resource(other).create();
    client.resource(Pods.running("a", "10.1.0.5")).create();
    directory.start();
    await().until(() -> directory.synced() && nameAt("10.1.0.5") != null);
    assertThat(nameAt("10.1.0.7")).isNull();

    List<String> paths = new ArrayList<>();
    for (RecordedRequest request = server.takeRequest(0, TimeUnit.SECONDS);
        request != null;
        request = server.takeRequest(0, TimeUnit.SECONDS)) {
      paths.add(request.getPath());
    }
    assertThat(paths)
        .filteredOn(path -> path.startsWith("/api/v1/pods"))
        .isNotEmpty()
        .allSatisfy(path -> assertThat(path).contains("fieldSelector=spec.nodeName%3Dnode-1"));
  }

  private static final class WithoutFieldSelectors extends KubernetesCrudDispatcher {
    @Override
    public MockResponse handleGet(String path) {
      return super.handleGet(path.replaceFirst("fieldSelector=[^&]*&?", ""));
    }

    @Override
    public MockResponse handleWatch(String path) {
      return super.handleWatch(path.replaceFirst("fieldSelector=[^&]*&?", ""));
    }
  }

  private @Nullable String nameAt(String ip) {
    PodRecord record = directory.byIp(InetAddress.ofLiteral(ip));
    return record == null ? null : record.ref().name();
  }
}
