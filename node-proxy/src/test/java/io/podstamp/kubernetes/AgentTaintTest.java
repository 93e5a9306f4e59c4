package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.zjsonpatch.JsonPatch;
import io.fabric8.zjsonpatch.JsonPatchException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AgentTaintTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Taint OURS = new Taint("NoSchedule", AgentTaint.KEY, null, "");
  private static final Taint OURS_TOO = new Taint("NoExecute", AgentTaint.KEY, null, null);
  private static final Taint OTHER = new Taint("NoSchedule", "example.com/other", null, "x");
  private static final Taint LIKE_OURS = new Taint("NoSchedule", AgentTaint.KEY + "-yet", null, "");

  private KubernetesMockServer server;
  private KubernetesClient client;
  private AgentTaint taint;

  @BeforeEach
  void setUp() {
    server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new KubernetesCrudDispatcher(List.of()),
            false);
    server.init(InetAddress.ofLiteral("127.0.0.1"), 0);
    client = KubernetesClients.of(server.createClient().getConfiguration());
    taint = new AgentTaint(client, "podstamp", "podstamp");
    taint.start();
  }

  @AfterEach
  void tearDown() {
    taint.close();
    client.close();
    server.destroy();
  }

  @Test
  void agentBecomesReady_itsNodesTaintGoes_othersStay() {
    node("a", OTHER, OURS, LIKE_OURS, OURS_TOO);
    node("b", OURS);
    client.resource(agent("a", "podstamp", false)).create();
    client.resource(agent("b", "somebody", true)).create();
    node("c", OURS);
    client.resource(agent("c", "podstamp", true)).create();
    await().until(() -> taints("c").isEmpty());
    assertThat(taints("a")).as("not ready yet").hasSize(4);

    client.resource(agent("a", "podstamp", true)).updateStatus();

    await().until(() -> taints("a").size() == 2);
    assertThat(taints("a"))
        .extracting(Taint::getKey)
        .containsExactly(OTHER.getKey(), LIKE_OURS.getKey());
    assertThat(taints("b")).as("somebody else's Pod").hasSize(1);
  }

  /// The informers' first list, not what happens afterwards.
  @Test
  void startedLater_whatIsThereAlreadyIsSeen() {
    taint.close();
    node("a", OTHER, OURS);
    client.resource(agent("a", "podstamp", true)).create();
    taint = new AgentTaint(client, "podstamp", "podstamp");
    taint.start();

    await().until(() -> taints("a").size() == 1);
  }

  @Test
  void nodeIsTaintedWhileItsAgentIsReady_theTaintGoes() {
    node("a");
    client.resource(agent("a", "podstamp", true)).create();

    client.nodes().withName("a").edit(node -> tainted(node, OURS));

    await().until(() -> taints("a").isEmpty());
  }

  @Test
  void taintsHaveChangedSince_nothingIsTakenOff() {
    JsonNode patch = JSON.valueToTree(AgentTaint.withoutOurs(List.of(OTHER, OURS)));

    assertThat(JsonPatch.apply(patch, withTaints(OTHER, OURS))).isEqualTo(withTaints(OTHER));
    assertThatThrownBy(() -> JsonPatch.apply(patch, withTaints(OURS, LIKE_OURS)))
        .isInstanceOf(JsonPatchException.class);
  }

  private static JsonNode withTaints(Taint... taints) {
    return JSON.valueToTree(new NodeBuilder().withNewSpec().withTaints(taints).endSpec().build());
  }

  private void node(String name, Taint... taints) {
    Node node = new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
    client.resource(tainted(node, taints)).create();
  }

  private static Node tainted(Node node, Taint... taints) {
    return new NodeBuilder(node).editOrNewSpec().withTaints(taints).endSpec().build();
  }

  private List<Taint> taints(String node) {
    return client.nodes().withName(node).get().getSpec().getTaints();
  }

  private static Pod agent(String node, String name, boolean ready) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("podstamp")
        .withName("agent-" + node)
        .addToLabels("app.kubernetes.io/name", name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .endSpec()
        .withNewStatus()
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready ? "True" : "False")
        .endCondition()
        .endStatus()
        .build();
  }
}
