package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The config's `identity`.
class TokenReadingTest {
  private static final String RULE =
      "{destinations: [192.0.2.10], ports: [80], audience: orders-gateway}";

  private static String identity(String members) {
    return "identity: {issuer: me, keyFile: /k, " + members + "}";
  }

  private static String withAudience(String audience) {
    return identity(
        "rules: [{destinations: [192.0.2.10], ports: [80], audience: \"" + audience + "\"}]");
  }

  private static TokenSettings read(String text) {
    return ConfigFile.parse("c", text).identity().orElseThrow();
  }

  @Test
  void firstRuleThatFits_saysTheAudience() throws IOException {
    TokenSettings settings =
        read(
            identity(
                "rules: [{destinations: [192.0.2.10], ports: [80], audience: one},"
                    + "{destinations: [192.0.2.0/24, \"2001:db8::/64\"], ports: [80, 81], audience: two}]"));
    assertThat(settings.header()).isEqualTo("X-Client-Identity");
    assertThat(settings.audienceAt(new InetSocketAddress("192.0.2.10", 80))).isEqualTo("one");
    assertThat(settings.audienceAt(new InetSocketAddress("192.0.2.10", 81))).isEqualTo("two");
    assertThat(settings.audienceAt(new InetSocketAddress("2001:db8::7", 81))).isEqualTo("two");
    assertThat(settings.audienceAt(new InetSocketAddress("192.0.2.10", 82))).isNull();
    assertThat(settings.audienceAt(new InetSocketAddress("192.0.3.10", 80))).isNull();
    assertThat(settings.audiences()).containsExactly("one", "two");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          identity: me | identity: 'me' (expected: a mapping with the keys issuer, header, rules, keyFile, signer)
          identity: {rules: [], keyFile: /k, issuer: me} | identity.rules: 0 rules (expected: 1 to 32)
          identity: {keyFile: /k, issuer: me} | identity.rules: nothing (expected: a list such as [{destinations: ["192.0.2.10"], ports: [80], audience: orders-gateway}])
          identity: {rules: [RULE], issuer: me} | identity.keyFile: nothing (expected: the absolute path of a PEM file with a private key, or signer)
          identity: {rules: [RULE], issuer: me, keyFile: k.pem} | identity.keyFile: 'k.pem' (expected: the absolute path of a PEM file with a private key)
          identity: {rules: [RULE], keyFile: /k} | identity.issuer: nothing (expected: the name by which receivers know who signs, such as
          identity: {rules: [RULE], keyFile: /k, issuer: "a b"} | identity.issuer: 'a b' (expected: the name by which
          identity: {rules: [RULE], keyFile: /k, issuer: https://kubernetes.default.svc} | identity.issuer: 'https://kubernetes.default.svc' (expected: a name that no API server and no cloud's token service takes for its own)
          identity: {rules: [RULE], keyFile: /k, issuer: me, header: Authorization} | identity.header: 'Authorization' (expected: a header of its own; an application's credentials stay as they are)
          identity: {rules: [RULE], keyFile: /k, issuer: me, header: proxy_authorization} | identity.header: 'proxy_authorization' (expected: a header of its own
          identity: {rules: [RULE], keyFile: /k, issuer: me, header: Cookie} | identity.header: 'Cookie' (expected: a header of its own
          identity: {rules: [RULE], keyFile: /k, issuer: me, header: Host} | identity.header: 'Host' (expected: a header that does not frame or route the message)
          identity: {rules: [RULE], keyFile: /k, issuer: me, header: X_Client-Hostname} | identity.header: 'X_Client-Hostname' (expected: a name that headers does not have; many servers take one for the other)
          identity: {rules: [RULE], keyFile: /k, issuer: me, algorithm: none} | identity.algorithm: unknown key (expected: one of issuer, header, rules, keyFile, signer)
          identity: {rules: [RULE], issuer: me, keyFile: /k, signer: {url: https://s}} | identity.signer: {"url":"https://s"} (expected: keyFile or signer, not both)
          identity: {rules: [RULE], issuer: me, signer: https://s} | identity.signer: 'https://s' (expected: a mapping such as {url: https://podstamp-signer.podstamp.svc})
          identity: {rules: [RULE], issuer: me, signer: {}} | identity.signer.url: nothing (expected: https:// and a host, such as https://podstamp-signer.podstamp.svc)
          identity: {rules: [RULE], issuer: me, signer: {url: http://s}} | identity.signer.url: 'http://s' (expected: https:// and a host
          identity: {rules: [RULE], issuer: me, signer: {url: "https://u@s"}} | identity.signer.url: 'https://u@s' (expected: https:// and a host
          identity: {rules: [RULE], issuer: me, signer: {url: "https://s/x"}} | identity.signer.url: 'https://s/x' (expected: https:// and a host
          identity: {rules: [RULE], issuer: me, signer: {url: "https://a b"}} | identity.signer.url: 'https://a b' (expected: https:// and a host
          identity: {rules: [RULE], issuer: me, signer: {url: https://s, folder: x}} | identity.signer.folder: 'x' (expected: the absolute path of the folder with token and ca.crt)
          identity: {rules: [RULE], issuer: me, signer: {url: https://s, ca: /x}} | identity.signer.ca: unknown key (expected: one of url, folder)
          identity: {rules: [x], keyFile: /k, issuer: me} | identity.rules[0]: 'x' (expected: a mapping such as
          identity: {rules: [{ports: [80], audience: a}], keyFile: /k, issuer: me} | identity.rules[0].destinations: nothing (expected: a list such as ["10.0.0.0/8"])
          identity: {rules: [{destinations: ["::/0"], ports: [80], audience: a}], keyFile: /k, issuer: me} | identity.rules[0].destinations: '0:0:0:0:0:0:0:0/0' (expected: the receivers' addresses; whoever gets a token can show it to another receiver)
          identity: {rules: [{destinations: [169.254.1.1], ports: [80], audience: a}], keyFile: /k, issuer: me} | identity.rules[0].destinations: '169.254.1.1/32' (expected: a destination that can be captured; 169.254.0.0/16 never is)
          identity: {rules: [{destinations: [192.0.2.10], audience: a}], keyFile: /k, issuer: me} | identity.rules[0].ports: nothing (expected: a list of ports, such as [80, 8080])
          identity: {rules: [{destinations: [192.0.2.10], ports: [80]}], keyFile: /k, issuer: me} | identity.rules[0].audience: nothing (expected: the one receiver's name, such as orders-gateway: 1 to 255 characters of ASCII, no space and no *)
          """)
  void oneMistake_isNamed(String text, String expected) {
    assertThatThrownBy(() -> ConfigFile.parse("c", text.replace("RULE", RULE)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "https://*.example", "", "two words", "{pod.name}\\n", "é"})
  void audienceThatIsNoOneReceivers_isRefused(String audience) {
    assertThatThrownBy(() -> read(withAudience(audience)))
        .hasMessageContaining("identity.rules[0].audience: ")
        .hasMessageContaining("(expected: the one receiver's name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://kubernetes.default.svc",
        "https://kubernetes.default.svc.cluster.local",
        "https://kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes",
        "api",
        "k3s",
        "rke2",
        "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c",
        "https://x-dns-1.hcp.westeurope.azmk8s.io",
        "https://westeurope.oic.prod-aks.azure.com/t/i/",
        "sts.amazonaws.com",
        "STS.amazonaws.com",
        "sts.cn-north-1.amazonaws.com.cn",
        "https://sts.us-east-1.amazonaws.com",
        "pods.eks.amazonaws.com",
        "api://AzureADTokenExchange",
        "api://AzureADTokenExchangeUSGov",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "https://iam.googleapis.com/projects/1/x",
        "https://sts.googleapis.com/v1/token",
        "my-project.svc.id.goog",
        "my-fleet.hub.id.goog",
        "sts.aliyuncs.com",
        "sts.eu-central-1.aliyuncs.com"
      })
  void audienceThatAnApiServerOrACloudAccepts_isRefused(String audience) {
    assertThatThrownBy(() -> read(withAudience(audience)))
        .hasMessageContaining(
            "identity.rules[0].audience: '"
                + audience
                + "' (expected: a name that no API server and no cloud's token service takes for its own)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"orders", "https://orders.shop.example/", "urn:x:y", "kubernetes-gateway"})
  void audienceOfOneReceiver_isTaken(String audience) {
    assertThat(read(withAudience(audience)).audiences()).containsExactly(audience);
  }

  @Test
  void signer_hasAUrl_andAFolderThatNeedNotBeNamed() {
    String before = "identity: {issuer: me, rules: [" + RULE + "], signer: ";
    assertThat(read(before + "{url: \"https://s:15913\"}}").source())
        .isEqualTo(
            new TokenSource.OfSigner(
                URI.create("https://s:15913/"), Path.of("/etc/podstamp-signer")));
    assertThat(read(before + "{url: https://s, folder: /x}}").source())
        .isEqualTo(new TokenSource.OfSigner(URI.create("https://s/"), Path.of("/x")));
  }

  @Test
  void signer_answersNoSidecar(@TempDir Path home) throws IOException {
    Path file = home.resolve("identity.yaml");
    Files.writeString(
        file, "identity: {issuer: me, rules: [" + RULE + "], signer: {url: https://s}}");
    assertThatThrownBy(() -> ConfigFile.loadIdentity(file))
        .hasMessageContaining(
            "identity.signer: a signer (expected: keyFile; a signer answers agents only)");
  }

  @Test
  void fileOfASidecar_hasIdentityAlone(@TempDir Path home) throws IOException {
    Path file = home.resolve("identity.yaml");
    Files.writeString(file, identity("rules: [" + RULE + "]"));
    assertThat(ConfigFile.loadIdentity(file)).isEqualTo(read(identity("rules: [" + RULE + "]")));
    Files.writeString(file, "ports: [80]");
    assertThatThrownBy(() -> ConfigFile.loadIdentity(file))
        .hasMessageContaining("ports: unknown key (expected: one of identity)");
  }

  /// Whoever may edit a Namespace or a Pod says neither what the header carries nor that it stays.
  @ParameterizedTest
  @ValueSource(strings = {"set", "append", "if-absent", "remove"})
  void annotations_doNotTouchTheHeader(String mode) {
    Config config = ConfigFile.parse("c", identity("rules: [" + RULE + "]"));
    Map<String, String> annotation =
        Map.of(
            Annotations.HEADERS,
            "[{name: x_client-identity, value: forged, mode: %s}, {name: X-A, value: b}]"
                .formatted(mode));
    for (PodPolicy policy :
        List.of(
            PodPolicy.of(config, annotation, Map.of(), false),
            PodPolicy.of(config, Map.of(), annotation, false))) {
      assertThat(policy.stampRules().headers()).extracting(HeaderRule::name).containsExactly("X-A");
      assertThat(policy.stampRules().tokenHeader()).isEqualTo("X-Client-Identity");
      assertThat(policy.problems())
          .singleElement()
          .asString()
          .contains(
              "podstamp.io/headers: x_client-identity: 'forged' (expected: no such header; the"
                  + " config's identity alone says what it carries)");
    }
  }
}
