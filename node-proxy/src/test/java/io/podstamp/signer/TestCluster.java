package io.podstamp.signer;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.podstamp.kubernetes.AccountTokens;
import io.podstamp.kubernetes.ClusterPods;
import io.podstamp.kubernetes.LeaderLease;
import io.podstamp.kubernetes.SignerObjects;
import io.podstamp.token.SignerMessages;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An API server with Pods, with what a signer keeps there, and with ServiceAccount tokens that it
/// judges as a real one does: by their audience too.
final class TestCluster implements AutoCloseable {
  static final String NAMESPACE = "podstamp";
  static final String NAME = "podstamp-signer";
  static final String AGENT = "system:serviceaccount:podstamp:podstamp";

  private static final JsonMapper JSON = JsonMapper.shared();

  /// The mock tells of each request; held here, since a logger that nobody holds forgets its level.
  private static final Logger LOGGER = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    LOGGER.setLevel(Level.WARNING);
  }

  private final Map<String, Account> tokens = new ConcurrentHashMap<>();
  private final Map<String, String> uids = new ConcurrentHashMap<>();
  private final AtomicInteger reviews = new AtomicInteger();
  private final KubernetesMockServer server;
  private final KubernetesClient client;

  /// While it is set, no TokenReview is answered.
  volatile boolean isSilent;

  /// A token's holder, as the API server knows it.
  record Account(String user, String podUid, String node, String audience) {}

  TestCluster() {
    server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new Reviewing(), false);
    server.init(InetAddress.getLoopbackAddress(), 0);
    client = server.createClient();
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(NAME)
                .addToLabels("kept", "yes")
                .endMetadata()
                .build())
        .create();
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(NAME)
                .endMetadata()
                .build())
        .create();
  }

  private final class Reviewing extends KubernetesCrudDispatcher {
    @Override
    public MockResponse dispatch(RecordedRequest request) {
      return String.valueOf(request.getPath()).endsWith("/tokenreviews")
          ? review(JSON.readTree(request.getBody().readUtf8()).path("spec"))
          : super.dispatch(request);
    }
  }

  private MockResponse review(JsonNode spec) {
    reviews.incrementAndGet();
    if (isSilent) {
      return new MockResponse().setResponseCode(504);
    }
    Account account = tokens.get(spec.path("token").asString());
    List<String> audiences = spec.path("audiences").valueStream().map(JsonNode::asString).toList();
    boolean isGood = account != null && audiences.contains(account.audience);
    Map<String, Object> status =
        isGood && account != null
            ? Map.of(
                "authenticated",
                true,
                "audiences",
                List.of(account.audience),
                "user",
                Map.of("username", account.user, "extra", extra(account)))
            : Map.of("authenticated", false);
    return new MockResponse()
        .setResponseCode(201)
        .addHeader("Content-Type", "application/json")
        .setBody(
            JSON.writeValueAsString(
                Map.of(
                    "apiVersion",
                    "authentication.k8s.io/v1",
                    "kind",
                    "TokenReview",
                    "status",
                    status)));
  }

  private static Map<String, List<String>> extra(Account account) {
    Map<String, List<String>> extra = new HashMap<>();
    if (!account.podUid.isEmpty()) {
      extra.put("authentication.kubernetes.io/pod-uid", List.of(account.podUid));
    }
    if (!account.node.isEmpty()) {
      extra.put("authentication.kubernetes.io/node-name", List.of(account.node));
    }
    return extra;
  }

  int reviews() {
    return reviews.get();
  }

  KubernetesClient client() {
    return client;
  }

  /// From now on this token is that account's.
  String token(String token, Account account) {
    tokens.put(token, account);
    return token;
  }

  /// An agent's Pod on a Node, and its token for the signer.
  String agent(String node) {
    create(
        pod(NAMESPACE, "podstamp-" + node, node, "podstamp")
            .editMetadata()
            .addNewOwnerReference()
            .withApiVersion("apps/v1")
            .withKind("DaemonSet")
            .withName("podstamp")
            .withUid("daemonset")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .editSpec()
            .withHostNetwork(true)
            .endSpec()
            .build());
    return token(
        "token-of-" + node,
        new Account(AGENT, uid("podstamp-" + node), node, SignerMessages.AUDIENCE));
  }

  /// It gets its UID from the API server.
  void create(Pod pod) {
    Pod created = client.resource(pod).create();
    uids.put(created.getMetadata().getName(), created.getMetadata().getUid());
  }

  /// A running Pod.
  static PodBuilder pod(String namespace, String name, String node, String account) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .withServiceAccountName(account)
        .endSpec()
        .withNewStatus()
        .withPhase("Running")
        .withPodIP(ip(name))
        .addNewPodIP(ip(name))
        .withHostIP(ip(node))
        .addNewHostIP(ip(node))
        .endStatus();
  }

  /// That of a Pod, whose name nobody else has in any Namespace; of none if there is none.
  String uid(String name) {
    return uids.getOrDefault(name, "nobody's");
  }

  /// An address that no other name has, most likely.
  static String ip(String name) {
    int hash = name.hashCode();
    return "10.%d.%d.%d".formatted(hash >> 16 & 0xff, hash >> 8 & 0xff, hash & 0xff);
  }

  /// What a signer asks the API server for.
  Signer.Cluster cluster(String signer) {
    return cluster(client, signer);
  }

  static Signer.Cluster cluster(KubernetesClient client, String signer) {
    // The mock tells each watch of everything.
    return new Signer.Cluster(
        new ClusterPods(client, Duration.ofHours(1)),
        new AccountTokens(client, SignerMessages.AUDIENCE),
        new SignerObjects(client, NAMESPACE, NAME),
        onLeading -> new LeaderLease(client, NAMESPACE, NAME, signer, onLeading));
  }

  /// The keys as they are kept.
  String secret() {
    return new String(
        Base64.getDecoder()
            .decode(
                client
                    .secrets()
                    .inNamespace(NAMESPACE)
                    .withName(NAME)
                    .get()
                    .getData()
                    .get("keys.json")),
        StandardCharsets.UTF_8);
  }

  /// What the world is told.
  Map<String, String> published() {
    return client.configMaps().inNamespace(NAMESPACE).withName(NAME).get().getData();
  }

  @Override
  public void close() {
    client.close();
    server.destroy();
  }
}
