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
}
