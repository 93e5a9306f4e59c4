package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.chart.AdmissionPolicies.Setting;
import io.podstamp.chart.AdmissionPolicies.Strictness;
import io.podstamp.config.Annotations;
import java.io.File;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What [AdmissionTest] says of an implementation in Java, of an API server where
/// `daemonset/admission/annotations.yaml` is in force. `scripts/e2e.sh` runs it, with
/// `-Dpodstamp.kubeconfig`.
class RealAdmission {
  static Iterable<Setting> settings() {
    return AdmissionPolicies.SETTINGS;
  }

  @ParameterizedTest
  @MethodSource("settings")
  void rule_agreesWithTheAgent(Setting setting) {
    String key = Annotations.PREFIX + setting.key();
    int taken = 0;
    int refused = 0;
    try (KubernetesClient client = client()) {
      for (String value : AdmissionTest.values()) {
        String refusal = refusal(client, key, value);
        if (Annotations.parse(Map.of(key, value)).problems().isEmpty()) {
          assertThat(refusal).as("%s: the agent takes '%s'", key, value).isNull();
          taken++;
        } else if (setting.strictness() == Strictness.EXACT) {
          assertThat(refusal).as("%s: the agent refuses '%s'", key, value).isNotNull();
        }
        if (refusal != null) {
          // The API server takes no line break in a message, and has the shorter one then.
          assertThat(refusal)
              .contains(
                  value.lines().count() > 1 || value.endsWith("\n")
                      ? key + " (expected: "
                      : key + ": '" + value + "' (expected: ");
          refused++;
        }
      }
    }
    assertThat(taken).isGreaterThan(3);
    assertThat(refused).isGreaterThan(10);
  }

  private static KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(
            Config.fromKubeconfig(
                new File(Objects.requireNonNull(System.getProperty("podstamp.kubeconfig")))))
        .build();
  }

  /// Nothing is created.
  private static @Nullable String refusal(KubernetesClient client, String key, String value) {
    try {
      client
          .resource(
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName("tried")
                  .addToAnnotations(key, value)
                  .endMetadata()
                  .build())
          .dryRun()
          .create();
      return null;
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).isEqualTo(422);
      return e.getMessage();
    }
  }
}
