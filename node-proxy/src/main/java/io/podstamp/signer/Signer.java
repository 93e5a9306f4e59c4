package io.podstamp.signer;

import io.podstamp.admin.AdminPorts;
import io.podstamp.admin.Readiness;
import io.podstamp.config.Config;
import io.podstamp.config.TokenSettings;
import io.podstamp.kubernetes.AccountTokens;
import io.podstamp.kubernetes.ClusterPods;
import io.podstamp.kubernetes.LeaderLease;
import io.podstamp.kubernetes.SignerObjects;
import io.podstamp.metrics.Exposition;
import io.podstamp.token.SignerMessages;
import io.podstamp.token.SignerMessages.Wanted;
import io.podstamp.token.SigningKey;
import io.podstamp.token.SigningKeys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// `podstamp signer`, put together: who asks, what is signed, with which key, who is told of it.
/// Several of them are equals; one leads, which makes the keys.
public final class Signer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String JWKS_PATH = "/jwks.json";
  private static final String PEM_PATH = "/jwks.pem";
  private static final String DISCOVERY_PATH = "/.well-known/openid-configuration";

  private final Supplier<Config> config;
  private final ClusterPods pods;
  private final Callers callers;
  private final Desk desk;
  private final KeyKeeper keys;
  private final LeaderLease lease;
  private final SignerServer server;
  private final AdminPorts ports;

  /// What the command line says.
  ///
  /// @param listen where agents ask
  /// @param metrics where probes and Prometheus do
  /// @param agents name of the agents' DaemonSet and ServiceAccount
  /// @param every how long one key signs
  public record Settings(
      InetSocketAddress listen,
      InetSocketAddress metrics,
      Path tlsFolder,
      String namespace,
      String agents,
      Duration every) {}

  /// What the API server is asked for.
  ///
  /// @param lease made with what is called once this signer leads
  public record Cluster(
      ClusterPods pods, AccountTokens tokens, SignerObjects objects, Candidacy lease) {}

  /// Makes the Lease.
  public interface Candidacy {
    /// Makes it, not begun.
    ///
    /// @param onLeading is called once this process leads
    LeaderLease standing(Runnable onLeading);
  }

  private Signer(Settings settings, Supplier<Config> config, Cluster cluster, InstantSource clock)
      throws IOException {
    TlsFiles tls = new TlsFiles(settings.tlsFolder());
    this.config = config;
    this.pods = cluster.pods();
    this.callers =
        new Callers(
            cluster.tokens()::review,
            pods::byUid,
            new Callers.Agents(settings.namespace(), settings.agents()),
            clock);
    this.desk = new Desk(pods::byUid, this::identity, clock);
    this.lease = cluster.lease().standing(this::lookAtKeys);
    this.keys =
        new KeyKeeper(
            cluster.objects(), clock, settings.every(), lease::leads, () -> tls.read().authority());
    this.server =
        new SignerServer(
            settings.listen(), tls, new SignerServer.Pages(this::answer, this::published));
    Readiness readiness = new Readiness();
    readiness.awaitEndOf(() -> unable().toList());
    Exposition exposition = new Exposition();
    new SignerSeries(
            desk::signed,
            desk::refused,
            lease::leads,
            () -> keys.signing().isPresent(),
            keys::age,
            pods::size,
            () -> pods.health().age())
        .register(exposition);
    this.ports =
        new AdminPorts()
            .add(
                "metrics",
                settings.metrics(),
                admin -> admin.probes(readiness).metrics(exposition::page));
  }

  /// Starts; agents are answered once it has heard of all Pods and of the keys.
  ///
  /// @throws IOException with one sentence
  public static Signer start(
      Settings settings, Supplier<Config> config, Cluster cluster, InstantSource clock)
      throws IOException {
    Signer signer = new Signer(settings, config, cluster, clock);
    signer.pods.start();
    signer.keys.start();
    signer.lease.start();
    signer.server.start();
    signer.ports.start();
    return signer;
  }

  private void lookAtKeys() {
    keys.soon();
  }

  private Optional<TokenSettings> identity() {
    return config.get().identity();
  }

  /// What keeps it from signing.
  Stream<String> unable() {
    return Stream.of(
            pods.synced() ? "" : "the API server's list of Pods",
            keys.problem(),
            identity().isPresent() ? "" : "identity in the config")
        .filter(trouble -> !trouble.isEmpty());
  }

  private SignerServer.Answer answer(@Nullable String authorization, byte[] body) {
    SigningKey key = keys.signing().orElse(null);
    String trouble = unable().findFirst().orElse("");
    if (key == null || !trouble.isEmpty()) {
      desk.refused(Refusal.UNABLE, "whoever asks", "waiting for " + trouble);
      return SignerServer.Answer.text(503, "it waits for " + trouble);
    }
    return switch (callers.of(authorization)) {
      case Callers.Stranger(Refusal refusal, String who, String why) -> {
        desk.refused(refusal, who, why);
        yield SignerServer.Answer.text(status(refusal), why);
      }
      case Callers.Agent agent -> sign(agent, key, body);
    };
  }

  private static int status(Refusal refusal) {
    return switch (refusal) {
      case NOT_AUTHENTICATED -> 401;
      case UNABLE -> 503;
      case NOT_AN_AGENT, OTHER_NODE, OTHER_POD, AUDIENCE, NOT_SIGNED, UNKNOWN_POD, ENDED_POD -> 403;
    };
  }

  private SignerServer.Answer sign(Callers.Agent agent, SigningKey key, byte[] body) {
    List<Wanted> wanted;
    try {
      wanted = SignerMessages.readRequest(body);
    } catch (IllegalArgumentException e) {
      return SignerServer.Answer.text(400, String.valueOf(e.getMessage()));
    }
    return SignerServer.Answer.json(SignerMessages.answer(desk.answer(agent, key, wanted)));
  }

  private SignerServer.@Nullable Answer published(String path) {
    SigningKeys all = keys.published().orElse(null);
    if (all == null) {
      return null;
    }
    return switch (path) {
      case JWKS_PATH -> SignerServer.Answer.json(bytes(all.jwks()));
      case PEM_PATH -> new SignerServer.Answer(200, "application/x-pem-file", bytes(all.pem()));
      case DISCOVERY_PATH -> identity().flatMap(Signer::discovery).orElse(null);
      default -> null;
    };
  }

  /// OpenID Connect Discovery 1.0, section 3; only where `iss` is a URL, at which it has to be.
  private static Optional<SignerServer.Answer> discovery(TokenSettings settings) {
    String issuer = settings.issuer();
    return issuer.startsWith("https://")
        ? Optional.of(
            SignerServer.Answer.json(
                JSON.writeValueAsBytes(
                    Map.of(
                        "issuer",
                        issuer,
                        "jwks_uri",
                        issuer.replaceFirst("/$", "") + JWKS_PATH,
                        "response_types_supported",
                        List.of("id_token"),
                        "subject_types_supported",
                        List.of("public"),
                        "id_token_signing_alg_values_supported",
                        List.of("ES256")))))
        : Optional.empty();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Whether this one makes the keys.
  boolean leads() {
    return lease.leads();
  }

  /// Whether the API server has told it of a Pod.
  boolean knows(String uid) {
    return pods.byUid(uid) != null;
  }

  /// Looks at the keys without waiting for the clock.
  void lookAtKeysNow() {
    keys.look();
  }

  /// Looks at the certificate without waiting for the clock.
  void lookAtCertificateNow() {
    server.look();
  }

  /// Where agents ask.
  public InetSocketAddress address() {
    return server.address();
  }

  /// Ends; another one leads at once.
  @Override
  public void close() {
    server.close();
    ports.close();
    keys.close();
    lease.close();
    pods.close();
  }
}
