package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NetConfTest {
  @Test
  void parse_leastConfiguration_hasDefaults() throws CniException {
    assertThat(parse("{'cniVersion':'1.0.0','name':'net'}"))
        .isEqualTo(
            new NetConf(
                CniVersion.V1_0_0,
                "net",
                null,
                null,
                null,
                Path.of("/run/podstamp/cni.sock"),
                new AgentDownPolicy(AgentDownPolicy.Setting.OPEN, null, null),
                null));
  }

  @Test
  void parse_everything_isKept() throws CniException {
    NetConf conf =
        parse(
            """
            {'cniVersion':'1.1.0', 'name':'k8s', 'type':'podstamp', 'capabilities':{'x':true},
             'prevResult': {"ips" : [ ]} , 'runtimeConfig':{'io.kubernetes.cri.pod-annotations':{}},
             'socket':'/tmp/s', 'onAgentDown':'closed', 'strictNamespaces':'/var/lib/p/strict',
             'agentNamespace':'podstamp', 'cni.dev/attachments':[1],
             'cni.dev/valid-attachments':[{'containerID':'c'}]}""");
    assertThat(conf.type()).isEqualTo("podstamp");
    assertThat(conf.prevResult()).hasToString("{\"ips\" : [ ]}");
    assertThat(conf.runtimeConfig()).hasToString("{\"io.kubernetes.cri.pod-annotations\":{}}");
    assertThat(conf.socket()).isEqualTo(Path.of("/tmp/s"));
    assertThat(conf.agentDown())
        .isEqualTo(
            new AgentDownPolicy(
                AgentDownPolicy.Setting.CLOSED, Path.of("/var/lib/p/strict"), "podstamp"));
    assertThat(conf.validAttachments()).hasToString("[{\"containerID\":\"c\"}]");
  }

  @Test
  void parse_onlyTheMisnamedAttachments_areFound() throws CniException {
    assertThat(
            parse("{'cniVersion':'1.1.0','name':'n','cni.dev/attachments':[]}").validAttachments())
        .hasToString("[]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'name':'n'} | 1 | cniVersion: missing (expected: 0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0)",
        "{'cniVersion':'0.2.0'} | 1 | cniVersion: 0.2.0 (expected: 0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0)",
        "{'cniVersion':1} | 1 | cniVersion: 1 (expected: 0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0)",
        "{'cniVersion':'1.0.0'} | 7 | name: missing (expected: the name of the network)",
        "{'cniVersion':'1.0.0','name':'a b'} | 7 | name: a b (expected: a letter or digit, then letters, digits, '_', '.' or '-')",
        "{'cniVersion':'1.0.0','name':'n','socket':7,'onAgentDown':'ajar','agentNamespace':[]} | 7 | socket: 7 (expected: a string); onAgentDown: ajar (expected: open or closed); agentNamespace: [] (expected: a string)",
        "{'cniVersion':'1.0.0','name':'n','socket':'cni.sock'} | 7 | socket: cni.sock (expected: an absolute path)",
        "{'cniVersion':'1.0.0','name':'n','socket':'/\\u0000'} | 7 | socket: /\u0000 (expected: an absolute path)",
        "{'cniVersion':'1.0.0','name':'n','socket':'/\\ud800'} | 7 | socket: /\ud800 (expected: an absolute path)",
        "{'cniVersion':'1.0.0','name':'n','prevResult':'x'} | 7 | prevResult: \"x\" (expected: an object)",
        "{'cniVersion':'1.1.0','name':'n','cni.dev/valid-attachments':{}} | 7 | cni.dev/valid-attachments: {} (expected: an array)",
        "{'name':'n','name':'m'} | 6 | network configuration: byte 12: name comes twice",
        "[] | 6 | network configuration: byte 0: '[' (expected: '{')",
        "{ | 6 | network configuration: ends after 1 bytes (expected: '\"')",
      })
  void parse_badConfiguration_isOneSentence(String json, int code, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(CniException.class)
        .hasMessage(message)
        .extracting(e -> ((CniException) e).code().number())
        .isEqualTo(code);
  }

  @ParameterizedTest
  @EnumSource(CniVersion.class)
  void versionOf_knownVersion_isIt(CniVersion version) {
    byte[] stdin = ("{\"name\":7,\"cniVersion\":\"" + version + "\"}").getBytes(UTF_8);
    assertThat(NetConf.versionOf(stdin)).isEqualTo(version);
  }

  @ParameterizedTest
  @CsvSource({"''", "{}", "{'cniVersion':'2.0.0'}", "{'cniVersion':'1.0.0'", "nonsense"})
  void versionOf_unknown_isTheNewest(String json) {
    assertThat(NetConf.versionOf(json.replace('\'', '"').getBytes(UTF_8)))
        .isEqualTo(CniVersion.V1_1_0);
  }

  private static NetConf parse(String json) throws CniException {
    return NetConf.parse(json.replace('\'', '"').getBytes(UTF_8));
  }
}
