package io.podstamp.lab;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The cluster's API server: fabric8's mock with real create, read, update, delete and watch, over
/// plain HTTP on the Node's loopback. A watch by field selector gets everything, and it has no
/// history: a new watch begins with all there is.
public final class ApiServer implements AutoCloseable {
  /// Of all Pods, as admission sets it.
  public static final String SERVICE_ACCOUNT = "default";

  private static final int ANY_PORT = 0;

  /// For which a token has to be that an agent shows to a signer.
  private static final String AUDIENCE = "podstamp-signer";

  /// The mock tells of each request; held here, since a logger that nobody holds forgets its level.
  private static final Logger LOGGER = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    LOGGER.setLevel(Level.WARNING);
  }

  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final ApiFront front;
  private final Map<String, Pod> agentsByToken = new ConcurrentHashMap<>();

  private ApiServer(KubernetesMockServer server, WithoutFieldSelectors dispatcher) {
    dispatcher.reviews = this::review;
    this.server = server;
    this.client = server.createClient();
    this.front = new ApiFront(client);
  }

  public static ApiServer start() {
    WithoutFieldSelectors dispatcher = new WithoutFieldSelectors();
    KubernetesMockServer server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), dispatcher, false);
    server.init(InetAddress.getLoopbackAddress(), ANY_PORT);
    return new ApiServer(server, dispatcher);
  }

  public KubernetesClient client() {
    return client;
  }

  /// Writes the file that `--kubeconfig` wants.
  public Path writeKubeconfig(Path file) {
    String text =
        """
        apiVersion: v1
        kind: Config
        current-context: lab
        contexts: [{name: lab, context: {cluster: lab, user: lab}}]
        clusters: [{name: lab, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: lab, user: {token: lab}}]
        """
            .formatted(front.port());
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// From now on the agent cannot reach it; who holds [#client] still can.
  public void goAway() {
    front.down();
  }

  /// It answers the agent again, at the same port.
  public void comeBack() {
    front.up();
  }

  public void createNamespace(String name) {
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withUid(UUID.randomUUID().toString())
                .endMetadata()
                .build())
        .create();
  }

  /// Sets an annotation of a Namespace, as `kubectl annotate --overwrite` does.
  public void annotateNamespace(String name, String key, String value) {
    client
        .namespaces()
        .withName(name)
        .edit(
            namespace ->
                new NamespaceBuilder(namespace)
                    .editMetadata()
                    .addToAnnotations(key, value)
                    .endMetadata()
                    .build());
  }

  /// Takes an annotation of a Namespace away.
  public void removeAnnotation(String name, String key) {
    client
        .namespaces()
        .withName(name)
        .edit(
            namespace ->
                new NamespaceBuilder(namespace)
                    .editMetadata()
                    .removeFromAnnotations(key)
                    .endMetadata()
                    .build());
  }

  /// Sets an annotation of a Pod.
  public void annotatePod(String namespace, String name, String key, String value) {
    editPod(
        namespace,
        name,
        pod ->
            new PodBuilder(pod).editMetadata().addToAnnotations(key, value).endMetadata().build());
  }

  /// Sets a label of a Pod.
  public void labelPod(String namespace, String name, String key, String value) {
    editPod(
        namespace,
        name,
        pod -> new PodBuilder(pod).editMetadata().addToLabels(key, value).endMetadata().build());
  }

  private void editPod(String namespace, String name, UnaryOperator<Pod> edit) {
    client.pods().inNamespace(namespace).withName(name).edit(edit);
  }

  /// Creates a Pod that the scheduler has just bound to a Node; it has no address yet.
  ///
  /// @return with the UID that the cluster gave it
  public Pod createPod(
      String node, String namespace, String name, Map<String, String> annotations) {
    return client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withUid(UUID.randomUUID().toString())
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .withServiceAccountName(SERVICE_ACCOUNT)
                .addNewContainer()
                .withName("app")
                .withImage("app")
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build())
        .create();
  }

  /// Sets the status that the kubelet writes once the sandbox is up.
  public void setRunning(String namespace, String name, List<String> ips) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(
            pod ->
                new PodBuilder(pod)
                    .editOrNewStatus()
                    .withPhase("Running")
                    .withPodIP(ips.getFirst())
                    .withPodIPs(ips.stream().map(PodIP::new).toList())
                    .withHostIP(Node.ADDRESS)
                    .withHostIPs(new HostIP(Node.ADDRESS), new HostIP(Node.ADDRESS_V6))
                    .endStatus()
                    .build());
  }

  public void deletePod(String namespace, String name) {
    client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
  }

  /// Creates the Pod of an agent that the DaemonSet `podstamp` runs on a Node.
  public Pod createAgentPod(String node) {
    return client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("podstamp")
                .withName("podstamp-" + node)
                .withUid(UUID.randomUUID().toString())
                .addNewOwnerReference()
                .withApiVersion("apps/v1")
                .withKind("DaemonSet")
                .withName("podstamp")
                .withUid(UUID.randomUUID().toString())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .withServiceAccountName("podstamp")
                .withHostNetwork(true)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build())
        .create();
  }

  /// From now on a token is that of the agents' ServiceAccount, bound to an agent's Pod, for the
  /// signer.
  public void giveToken(String token, Pod agent) {
    agentsByToken.put(token, agent);
  }

  /// An empty Secret and an empty ConfigMap of one name, as the signer's overlay makes them.
  public void createForSigner(String namespace, String name) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build())
        .create();
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build())
        .create();
  }

  /// What is in a ConfigMap.
  public Map<String, String> configMap(String namespace, String name) {
    Map<String, String> data =
        client.configMaps().inNamespace(namespace).withName(name).get().getData();
    return data == null ? Map.of() : data;
  }

  /// As Kubernetes 1.30 and later answer a TokenReview.
  private MockResponse review(JsonNode spec) {
    Pod agent = agentsByToken.get(spec.path("token").asString(""));
    boolean isGood =
        agent != null
            && spec.path("audiences")
                .valueStream()
                .anyMatch(one -> one.asString().equals(AUDIENCE));
    String status =
        agent == null || !isGood
            ? "{\"authenticated\": false}"
            : """
              {"authenticated": true, "audiences": ["%s"],
               "user": {"username": "system:serviceaccount:podstamp:podstamp",
                        "extra": {"authentication.kubernetes.io/pod-uid": ["%s"],
                                  "authentication.kubernetes.io/node-name": ["%s"]}}}
              """
                .formatted(AUDIENCE, agent.getMetadata().getUid(), agent.getSpec().getNodeName());
    return new MockResponse()
        .setResponseCode(201)
        .addHeader("Content-Type", "application/json")
        .setBody(
            "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenReview\", \"status\": "
                + status
                + "}");
  }

  /// The mock finds nothing by a field selector other than of metadata; a Pod is asked for by its
  /// Node.
  private static final class WithoutFieldSelectors extends KubernetesCrudDispatcher {
    private volatile @Nullable Function<JsonNode, MockResponse> reviews;

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      Function<JsonNode, MockResponse> judge = reviews;
      return judge != null && String.valueOf(request.getPath()).endsWith("/tokenreviews")
          ? judge.apply(JsonMapper.shared().readTree(request.getBody().readUtf8()).path("spec"))
          : super.dispatch(request);
    }

    @Override
    public MockResponse handleGet(String path) {
      return super.handleGet(path.replaceFirst("fieldSelector=[^&]*&?", ""));
    }

    @Override
    public MockResponse handleWatch(String path) {
      return super.handleWatch(path.replaceFirst("fieldSelector=[^&]*&?", ""));
    }
  }

  @Override
  public void close() {
    front.close();
    client.close();
    server.destroy();
  }
}
