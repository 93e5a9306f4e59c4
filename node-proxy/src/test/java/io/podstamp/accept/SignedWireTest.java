package io.podstamp.accept;

import static io.podstamp.accept.LoopbackPath.WEB_0;
import static io.podstamp.accept.LoopbackPath.send;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.config.Profile;
import io.podstamp.config.StampRules;
import io.podstamp.config.TokenSettings;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.stamp.PodStamps;
import io.podstamp.stamp.Stamp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What servers get on connections of a Pod with signed tokens, on loopback and without a redirect.
@Timeout(60)
class SignedWireTest {
  private static final String FORGED = "GET / HTTP/1.1\r\nHost: a\r\nx_client-identity: f\r\n\r\n";
  private static final String BARE =
      "GET / HTTP/1.1\r\nX-Forwarded-For: 10.1.2.3\r\nHost: a\r\n\r\n";
  private static final String SIGNED = BARE.replace("Host", "X-Client-Identity: a.b.c\r\nHost");

  private final NodeMetrics metrics = new NodeMetrics();
  private final Map<String, String> tokens = new ConcurrentHashMap<>(Map.of("orders", "a.b.c"));
  private Profile profile = Profile.TRANSPARENT;
  private LoopbackPath path;
  private volatile TokenSettings settings;
  private final PodStamps stamps =
      new PodStamps(
          StampRules.of(Config.DEFAULT.headers().subList(0, 1), Profile.TRANSPARENT)
              .withToken("X-Client-Identity"),
          WEB_0);

  @BeforeEach
  void listen() throws IOException {
    path = new LoopbackPath(new SignedPod(), metrics);
    settings = rule(path.port(), "orders");
  }

  @AfterEach
  void close() throws IOException {
    path.close();
  }

  private static TokenSettings rule(int port, String audience) {
    return ConfigFile.parse(
            "c",
            ("identity: {issuer: me, keyFile: /k, rules: [{destinations: [127.0.0.0/8], ports:"
                    + " [%d], audience: %s}]}")
                .formatted(port, audience))
        .identity()
        .orElseThrow();
  }

  private final class SignedPod implements CapturedPod {
    @Override
    public Stamp stamp() {
      return stamps.plain();
    }

    @Override
    public CapturedPod towards(InetSocketAddress destination) {
      return SignedConnection.of(
          this,
          destination,
          () -> settings,
          audience -> stamps.with(audience, tokens.get(audience)));
    }

    @Override
    public Profile profile() {
      return profile;
    }

    @Override
    public void accepted(Channel connection, InetAddress source) {}
  }

  private static void gets(Socket served, String bytes) throws IOException {
    assertThat(new String(served.getInputStream().readNBytes(bytes.length()), ISO_8859_1))
        .isEqualTo(bytes);
  }

  private long counted(String token) throws IOException {
    String page = new String(metrics.exposition().page("text/plain").content(), UTF_8);
    String line = "podstamp_identity_requests_total{token=\"" + token + "\"} ";
    int at = page.indexOf(line) + line.length();
    return (long) Double.parseDouble(page.substring(at, page.indexOf('\n', at)));
  }

  @ParameterizedTest
  @EnumSource
  void toARulesDestination_theTokenInsteadOfTheApplicationsOwn(Profile with) throws IOException {
    profile = with;
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, FORGED);
      gets(served, SIGNED);
    }
    assertThat(counted("sent")).isEqualTo(1);
    assertThat(counted("missing")).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void toOthers_noToken_andTheApplicationsOwnGoesAllTheSame(Profile with) throws IOException {
    profile = with;
    settings = rule(1, "orders");
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, FORGED);
      gets(served, BARE);
    }
    assertThat(counted("sent") + counted("missing")).isZero();
  }

  @Test
  void renewal_missing_andBack_reachALiveConnection() throws IOException {
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, FORGED);
      gets(served, SIGNED);
      tokens.put("orders", "d.e.f");
      send(client, FORGED);
      gets(served, SIGNED.replace("a.b.c", "d.e.f"));
      tokens.clear();
      send(client, FORGED);
      gets(served, BARE);
      assertThat(counted("missing")).isEqualTo(1);
      tokens.put("orders", "g.h.i");
      send(client, FORGED);
      gets(served, SIGNED.replace("a.b.c", "g.h.i"));
    }
  }

  /// A receiver never sees a token for another one.
  @Test
  void ruleThatChanges_reachesALiveConnection() throws IOException {
    tokens.put("billing", "x.y.z");
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, FORGED);
      gets(served, SIGNED);
      settings = rule(path.port(), "billing");
      send(client, FORGED);
      gets(served, SIGNED.replace("a.b.c", "x.y.z"));
      settings = rule(1, "orders");
      send(client, FORGED);
      gets(served, BARE);
    }
  }

  /// The name is guarded where requests are not certain: what a lenient server might read as one.
  @ParameterizedTest
  @EnumSource
  void applicationsOwnWhereNobodyIsCertain_endsTheConnection(Profile with) throws IOException {
    profile = with;
    settings = with == Profile.STRICT ? rule(1, "orders") : settings;
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, " GET / HTTP/1.1\r\nHost: a\r\nX-Client-Identity: f\r\n\r\n");
      assertThat(reaches(served)).doesNotContain("X-Client-Identity: f");
    }
  }

  private static String reaches(Socket served) {
    StringBuilder all = new StringBuilder();
    try {
      for (int b = served.getInputStream().read(); b >= 0; b = served.getInputStream().read()) {
        all.append((char) b);
      }
    } catch (IOException reset) {
      // As it is to be.
    }
    return all.toString();
  }

  /// Where a tunnel leads nobody knows.
  @Test
  void insideATunnel_noToken() throws IOException {
    String connect = "CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n";
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, connect);
      gets(
          served,
          connect.replace("Host", "X-Forwarded-For: 10.1.2.3\r\nX-Client-Identity: a.b.c\r\nHost"));
      send(served, "HTTP/1.1 200 OK\r\n\r\n");
      assertThat(client.getInputStream().readNBytes(19)).hasSize(19);
      send(client, FORGED);
      gets(served, BARE);
    }
  }

  @Test
  void stampIsRenderedOncePerToken() {
    Stamp first = stamps.with("orders", token());
    assertThat(stamps.with("orders", token())).isSameAs(first);
    assertThat(stamps.with("orders", "x")).isNotSameAs(first);
  }

  private static @Nullable String token() {
    return new String(new char[] {'t'});
  }
}
