package io.podstamp.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CniArgsTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "'', -, -, -",
        "';;', -, -, -",
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_UID=u,ns,p,u",
        "K8S_POD_UID=u;K8S_POD_NAME=p;K8S_POD_NAMESPACE=ns, ns, p, u",
        "K8S_POD_NAME=p;, -, p, -",
        "K8S_POD_NAME=;K8S_POD_UID, -, -, -",
        "K8S_POD_NAME=p;K8S_POD_NAME=p, -, p, -",
        "XK8S_POD_NAME=x;K8S_POD_NAMEX=y;k8s_pod_name=z, -, -, -",
        "nonsense;a=b=c;K8S_POD_NAME=p=q, -, p=q, -",
      })
  void parse_anyOrder_findsThePod(
      String text, @Nullable String namespace, @Nullable String name, @Nullable String uid)
      throws CniException {
    assertThat(CniArgs.parse(text)).isEqualTo(new CniArgs(namespace, name, uid));
  }

  @ParameterizedTest
  @ValueSource(strings = {"K8S_POD_NAME=a\nb", "X=\u0000", "\r", "X=\u007f", "X=\u0085"})
  void parse_controlCharacter_isRefused(String text) {
    assertThatThrownBy(() -> CniArgs.parse(text)).hasMessageStartingWith("CNI_ARGS: control");
  }

  @Test
  void parse_twoValuesOfAKey_isRefused() {
    assertThatThrownBy(() -> CniArgs.parse("K8S_POD_NAME=a;K8S_POD_NAME=b"))
        .hasMessage("CNI_ARGS: K8S_POD_NAME= has two values (expected: one)");
  }
}
