package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodPolicyTest {
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # Namespace, Pod,    in force, decided by
                    ,       , DISABLED, CONFIG
          true      ,       , ENABLED , NAMESPACE
          shadow    ,       , SHADOW  , NAMESPACE
          false     ,       , DISABLED, NAMESPACE
                    , true  , ENABLED , POD
          true      , false , DISABLED, POD
          false     , true  , ENABLED , POD
          true      , shadow, SHADOW  , POD
          true      , oops  , ENABLED , NAMESPACE
          oops      ,       , DISABLED, CONFIG
          """)
  void enablement_annotations_podBeatsNamespace(
      @Nullable String namespace, @Nullable String pod, Enablement value, Decision.Layer origin) {
    PodPolicy policy = PodPolicy.of(Config.DEFAULT, enabled(namespace), enabled(pod), false);
    assertThat(policy.enablement().value()).isEqualTo(value);
    assertThat(policy.enablement().origin()).isEqualTo(origin);
  }

  /// A Pod's before its Namespace's; of one object the annotation before the label.
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # Namespace: label, annotation; Pod: label, annotation
          true , , , , ENABLED , NAMESPACE_LABEL
          true , false, , , DISABLED, NAMESPACE
          true , oops, , , ENABLED , NAMESPACE_LABEL
          , true, false, , DISABLED, POD_LABEL
          , false, shadow, , SHADOW , POD_LABEL
          false, , true, , ENABLED , POD_LABEL
          , , true, false, DISABLED, POD
          , , false, true, ENABLED , POD
          , true, oops, , ENABLED , NAMESPACE
          """)
  void enablement_labels_countBehindTheAnnotationsBesideThem(
      @Nullable String namespaceLabel,
      @Nullable String namespace,
      @Nullable String podLabel,
      @Nullable String pod,
      Enablement value,
      Decision.Layer origin) {
    PodPolicy policy =
        PodPolicy.of(
            Config.DEFAULT,
            Annotations.withLabels(enabled(namespace), enabled(namespaceLabel)),
            Annotations.withLabels(enabled(pod), enabled(podLabel)),
            false);
    assertThat(policy.enablement().value()).isEqualTo(value);
    assertThat(policy.enablement().origin()).isEqualTo(origin);
  }

  @Test
  void enablement_labelOfThePod_capturesAPodOfAnotherMesh() {
    Map<String, String> pod = Map.of("sidecar.istio.io/status", "{}");
    assertThat(
            PodPolicy.of(
                    Config.DEFAULT, Map.of(), Annotations.withLabels(pod, enabled("true")), false)
                .enablement()
                .value())
        .isEqualTo(Enablement.ENABLED);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          sidecar.istio.io/status, {}, ISTIO_SIDECAR
          ambient.istio.io/redirection, enabled, ISTIO_AMBIENT
          kuma.io/sidecar-injected, true, KUMA
          consul.hashicorp.com/connect-inject-status, injected, CONSUL
          """)
  void enablement_podOfAnotherMesh_isDisabledUnlessForced(String key, String value, Mesh mesh) {
    Map<String, String> pod = new HashMap<>(Map.of(key, value));
    PodPolicy policy = PodPolicy.of(Config.DEFAULT, enabled("true"), pod, false);
    assertThat(policy.enablement().value()).isEqualTo(Enablement.DISABLED);
    assertThat(policy.enablement().origin()).isEqualTo(mesh);
    assertThat(policy.enablement().steps()).hasSize(3);

    pod.put("podstamp.io/enabled", "shadow");
    assertThat(PodPolicy.of(Config.DEFAULT, null, pod, false).enablement().origin())
        .isEqualTo(mesh);

    pod.put("podstamp.io/enabled", "true");
    assertThat(PodPolicy.of(Config.DEFAULT, null, pod, false).enablement().value())
        .isEqualTo(Enablement.ENABLED);
  }

  @Test
  void enablement_linkerdContainer_isDisabled() {
    PodPolicy policy = PodPolicy.of(Config.DEFAULT, enabled("true"), Map.of(), true);
    assertThat(policy.enablement().origin()).isEqualTo(Mesh.LINKERD);
    assertThat(policy.enablement().origin().label())
        .isEqualTo("another mesh: container linkerd-proxy");
  }

  @Test
  void enablement_meshNotActive_isEnabled() {
    Map<String, String> pod =
        Map.of("ambient.istio.io/redirection", "disabled", "kuma.io/sidecar-injected", "false");
    assertThat(PodPolicy.of(Config.DEFAULT, enabled("true"), pod, false).enablement().value())
        .isEqualTo(Enablement.ENABLED);
  }

  @Test
  void enablement_disabledPodOfAnotherMesh_isDecidedByItsLayer() {
    PodPolicy policy = PodPolicy.of(Config.DEFAULT, null, Map.of(), true);
    assertThat(policy.enablement().origin()).isEqualTo(Decision.Layer.CONFIG);
  }

  @Test
  void settings_bothLayers_keepTheWholeChain() {
    PodPolicy policy =
        PodPolicy.of(
            Config.DEFAULT,
            Map.of(
                "podstamp.io/ports", "81",
                "podstamp.io/profile", "strict",
                "podstamp.io/connect", "early"),
            Map.of("podstamp.io/ports", "82", "podstamp.io/headers", "[]"),
            false);
    assertThat(policy.ports().steps())
        .containsExactly(
            new Decision.Step<>(Decision.Layer.CONFIG, List.of(80)),
            new Decision.Step<>(Decision.Layer.NAMESPACE, List.of(81)),
            new Decision.Step<>(Decision.Layer.POD, List.of(82)));
    assertThat(policy.profile().value()).isEqualTo(Profile.STRICT);
    assertThat(policy.profile().origin()).isEqualTo(Decision.Layer.NAMESPACE);
    assertThat(policy.connect().value()).isEqualTo(Connect.EARLY);
    assertThat(policy.connect().origin()).isEqualTo(Decision.Layer.NAMESPACE);
    assertThat(policy.headers().value()).isEmpty();
    assertThat(policy.headers().origin()).isEqualTo(Decision.Layer.POD);
    assertThat(policy.destinations()).isEqualTo(Config.DEFAULT.destinations());
  }

  @Test
  void removeAlso_innerAnnotationWins() {
    Map<String, String> outer = Map.of("podstamp.io/remove-also", "X-Real-IP");
    Map<String, String> inner = Map.of("podstamp.io/remove-also", "");
    Config config = ConfigFile.parse("c", "removeAlso: [Forwarded]");
    assertThat(PodPolicy.of(config, Map.of(), Map.of(), false).stampRules().removeAlso())
        .containsExactly("Forwarded");
    assertThat(PodPolicy.of(config, outer, Map.of(), false).stampRules().removeAlso())
        .containsExactly("X-Real-IP");
    assertThat(PodPolicy.of(config, outer, inner, false).stampRules().removeAlso()).isEmpty();
  }

  @Test
  void guardAppended_isOnInProfileStrict_unlessTheConfigSays() {
    Map<String, String> strict = Map.of("podstamp.io/profile", "strict");
    Config off = ConfigFile.parse("c", "guardAppended: false");
    Config on = ConfigFile.parse("c", "guardAppended: true");
    assertThat(PodPolicy.of(Config.DEFAULT, strict, Map.of(), false).guardAppended()).isTrue();
    assertThat(PodPolicy.of(Config.DEFAULT, Map.of(), Map.of(), false).guardAppended()).isFalse();
    assertThat(PodPolicy.of(off, strict, Map.of(), false).guardAppended()).isFalse();
    assertThat(PodPolicy.of(on, Map.of(), Map.of(), false).guardAppended()).isTrue();
  }

  @Test
  void problems_ofBothLayers_sayWhere() {
    PodPolicy policy =
        PodPolicy.of(
            Config.DEFAULT,
            Map.of("podstamp.io/ports", "x"),
            Map.of("podstamp.io/profile", "y"),
            false);
    assertThat(policy.problems())
        .containsExactly(
            "Namespace: podstamp.io/ports[0]: 'x' (expected: a port, 1 to 65535)",
            "Pod: podstamp.io/profile: 'y' (expected: transparent or strict)");
    assertThat(policy.ports().value()).containsExactly(80);
  }

  @Test
  void namespaceKnown_null_isFalse() {
    assertThat(PodPolicy.of(Config.DEFAULT, null, Map.of(), false).namespaceKnown()).isFalse();
    assertThat(PodPolicy.of(Config.DEFAULT, Map.of(), Map.of(), false).namespaceKnown()).isTrue();
  }

  private static Map<String, String> enabled(@Nullable String value) {
    return value == null ? Map.of() : Map.of("podstamp.io/enabled", value);
  }

  private static Config config(String yaml) {
    return ConfigFile.parse("c", yaml);
  }

  private static final String TWO_RULES =
      """
      proxyProtocol:
        - {destinations: [192.0.2.1], ports: [443, 8443], receiver: nginx, onMissing: hold}
        - {destinations: [192.0.2.2], ports: [443, 25], receiver: postfix}
      """;

  @Test
  void proxyProtocol_annotations_addDestinationsToTheFirstRuleOfTheirPort() {
    PodPolicy policy =
        PodPolicy.of(
            config(TWO_RULES),
            Map.of("podstamp.io/proxy-protocol", "198.51.100.0/24:443"),
            Map.of("podstamp.io/proxy-protocol", "[2001:db8::1]:25, 198.51.100.7:8080"),
            false);
    assertThat(policy.proxyProtocol())
        .map(step -> step.origin().label() + ": " + step.value().destinations())
        .containsExactly(
            "config file or default: [192.0.2.1/32]",
            "config file or default: [192.0.2.2/32]",
            "Namespace annotation: [198.51.100.0/24]",
            "Pod annotation: [2001:db8:0:0:0:0:0:1/128]");
    ProxyRule added = policy.proxyRules().get(2);
    assertThat(added.receiver()).isEqualTo(Receiver.NGINX);
    assertThat(added.ports()).containsExactly(443);
    assertThat(added.onMissing()).isEqualTo(OnMissing.HOLD);
    assertThat(policy.proxyRules().get(3).receiver()).isEqualTo(Receiver.POSTFIX);
    assertThat(policy.problems())
        .containsExactly(
            "Pod: podstamp.io/proxy-protocol: '198.51.100.7/32:8080' (expected: a port that the"
                + " config's proxyProtocol has: 25, 443, 8443)");
  }

  @Test
  void proxyProtocol_annotationWithoutRule_addsNothing() {
    PodPolicy policy =
        PodPolicy.of(
            Config.DEFAULT, null, Map.of("podstamp.io/proxy-protocol", "198.51.100.7:443"), false);
    assertThat(policy.proxyProtocol()).isEmpty();
    assertThat(policy.problems()).singleElement().asString().endsWith("proxyProtocol has: none)");
  }

  private static String headers(PodPolicy policy) {
    return policy.headers().value().stream()
        .map(rule -> rule.name() + "=" + rule.value().text() + "/" + rule.mode())
        .collect(java.util.stream.Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # the Pod's annotation                             | what is sent                               | problem
          [{name: X-Forwarded-For, value: "{pod.ip}", mode: append}] | X-Forwarded-For={pod.ip}/APPEND   | ''
          [{name: X-Forwarded-For, value: 10.0.0.1}]         | X-Forwarded-For={pod.ip}/SET               | Pod: podstamp.io/headers: X-Forwarded-For: '10.0.0.1' (expected: '{pod.ip}', which is sent; its value is not a Pod's to write)
          [{name: x_forwarded_for, value: "{pod.labels['ip']}"}] | x_forwarded_for={pod.ip}/SET           | expected: '{pod.ip}'
          [{name: X-Client-Hostname, value: "{node.name}"}]  | X-Client-Hostname={pod.hostname}/SET       | expected: '{pod.hostname}'
          [{name: X-Client-Identity, value: "me"}]           | ''                                         | Pod: podstamp.io/headers: X-Client-Identity: 'me' (expected: no such header, which the config does not have)
          [{name: X-Client-Identity, mode: remove}]          | X-Client-Identity=/REMOVE                  | ''
          [{name: X-Team, value: checkout}]                  | X-Team=checkout/SET                        | ''
          """)
  void headers_ofAPod_neverWriteIdentity(String annotation, String sent, String problem) {
    PodPolicy policy =
        PodPolicy.of(Config.DEFAULT, null, Map.of("podstamp.io/headers", annotation), false);
    assertThat(headers(policy)).isEqualTo(sent);
    if (problem.isEmpty()) {
      assertThat(policy.problems()).isEmpty();
    } else {
      assertThat(policy.problems()).singleElement().asString().contains(problem);
    }
  }

  @Test
  void headers_ofAPod_haveTheNamespacesIdentity() {
    Map<String, String> namespace =
        Map.of("podstamp.io/headers", "[{name: X-Client-Identity, value: '{pod.namespace}/x'}]");
    Map<String, String> pod =
        Map.of("podstamp.io/headers", "[{name: X-Client-Identity, value: me, mode: append}]");
    PodPolicy policy = PodPolicy.of(Config.DEFAULT, namespace, pod, false);
    assertThat(headers(policy)).isEqualTo("X-Client-Identity={pod.namespace}/x/APPEND");
    assertThat(policy.withProblemsOf(Config.DEFAULT, namespace, pod).problems())
        .isEqualTo(policy.problems())
        .hasSize(1);
  }

  @Test
  void podMayOverride_false_leavesHeadersToNamespaceAndConfig() {
    PodPolicy policy =
        PodPolicy.of(
            config("podMayOverride: false"),
            Map.of("podstamp.io/remove-also", "Forwarded"),
            Map.of(
                "podstamp.io/headers", "[{name: X-Team, value: a}]",
                "podstamp.io/remove-also", "",
                "podstamp.io/ports", "8080"),
            false);
    assertThat(policy.headers().value()).isEqualTo(Config.DEFAULT.headers());
    assertThat(policy.removeAlso().value()).containsExactly("Forwarded");
    assertThat(policy.ports().value()).containsExactly(8080);
    assertThat(policy.problems())
        .containsExactly(
            "Pod: podstamp.io/headers: not read (expected: none, podMayOverride is false)",
            "Pod: podstamp.io/remove-also: not read (expected: none, podMayOverride is false)");
  }
}
