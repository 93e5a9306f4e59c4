package io.podstamp.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InvocationTest {
  @Test
  void parse_add_hasEverything() throws CniException {
    Map<String, String> environment =
        with("ADD", "CNI_ARGS", "K8S_POD_UID=u;K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop");
    assertThat(Invocation.parse(environment))
        .isEqualTo(
            new Invocation.Add("c1", "/run/netns/x", "eth0", new CniArgs("shop", "web-0", "u")));
  }

  @Test
  void parse_delWithoutNetnsAndWithBadArgs_isAccepted() throws CniException {
    Map<String, String> environment = with("DEL", "CNI_ARGS", "K8S_POD_NAME=\u0001");
    environment.remove("CNI_NETNS");
    assertThat(Invocation.parse(environment)).isEqualTo(new Invocation.Del("c1", null, "eth0"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD    | CNI_CONTAINERID: missing; CNI_NETNS: missing; CNI_IFNAME: missing",
        "CHECK  | CNI_CONTAINERID: missing; CNI_NETNS: missing; CNI_IFNAME: missing",
        "DEL    | CNI_CONTAINERID: missing; CNI_IFNAME: missing",
        "GC     | CNI_PATH: missing",
        "FOO    | CNI_COMMAND: FOO (expected: ADD, DEL, CHECK, GC, STATUS or VERSION)",
        "add    | CNI_COMMAND: add (expected: ADD, DEL, CHECK, GC, STATUS or VERSION)",
        "''     | CNI_COMMAND: missing",
        "VERSION| CNI_COMMAND: VERSION (expected: a verb that needs a network configuration)",
      })
  void parse_onlyTheCommand_namesAllThatIsMissing(String command, String message) {
    assertThatThrownBy(() -> Invocation.parse(Map.of("CNI_COMMAND", command)))
        .hasMessage(message)
        .extracting(e -> ((CniException) e).code())
        .isEqualTo(CniErrorCode.INVALID_ENVIRONMENT);
  }

  @Test
  void parse_statusAndGc_needNoContainer() throws CniException {
    assertThat(Invocation.parse(Map.of("CNI_COMMAND", "STATUS")))
        .isEqualTo(new Invocation.Status());
    assertThat(Invocation.parse(Map.of("CNI_COMMAND", "GC", "CNI_PATH", "/opt/cni/bin")))
        .isEqualTo(new Invocation.Gc());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "a_b.c-d", "A9", "3f6940ab5ab43bc522569d15b23f8c1bbde1d7678b"})
  void parse_goodContainerId_isAccepted(String id) throws CniException {
    Invocation.parse(with("ADD", "CNI_CONTAINERID", id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"_a", ".", "..", "-a", "a/b", "../a", "a b", "a\n", "é", "a\u0000"})
  void parse_badContainerId_isRefused(String id) {
    assertThatThrownBy(() -> Invocation.parse(with("DEL", "CNI_CONTAINERID", id)))
        .hasMessageStartingWith("CNI_CONTAINERID: " + id + " (expected: a letter or digit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "a", "abcdefghijklmno", "...", "eth0.100", "ethé"})
  void parse_goodIfname_isAccepted(String ifname) throws CniException {
    Invocation.parse(with("CHECK", "CNI_IFNAME", ifname));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".",
        "..",
        "abcdefghijklmnop",
        "a/b",
        "a:1",
        "a b",
        "a\t",
        "\n",
        "éééééééé",
        "\u2003"
      })
  void parse_badIfname_isRefused(String ifname) {
    assertThatThrownBy(() -> Invocation.parse(with("ADD", "CNI_IFNAME", ifname)))
        .hasMessageStartingWith("CNI_IFNAME: " + ifname + " (expected: ");
  }

  private static Map<String, String> with(String command, String name, String value) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", "c1");
    environment.put("CNI_NETNS", "/run/netns/x");
    environment.put("CNI_IFNAME", "eth0");
    environment.put(name, value);
    return environment;
  }
}
