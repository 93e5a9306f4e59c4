package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  @ParameterizedTest
  @ValueSource(strings = {"# nothing yet\n", "---\n", "{}"})
  void parse_nothing_isTheDefaults(String text) {
    assertThat(ConfigFile.parse("c", text)).isEqualTo(Config.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", " \n\n"})
  void parse_emptiedFile_isRefused(String text) {
    assertThatThrownBy(() -> ConfigFile.parse("c", text))
        .isInstanceOf(ConfigException.class)
        .hasMessage("c: empty (expected: the config; {} means the defaults)");
  }

  @Test
  void parse_theDocumentedDefaults_areTheDefaults() {
    assertThat(
            ConfigFile.parse(
                "c",
                """
                ports: [80]
                headers:
                  - {name: X-Forwarded-For,   value: "{pod.ip}",       mode: set}
                  - {name: X-Client-Hostname, value: "{pod.hostname}", mode: set}
                removeAlso: []
                podMayOverride: true
                proxyProtocol: []
                destinations: {scope: all, clusterCidrs: [], include: [], exclude: []}
                profile: transparent
                onAgentDown: open
                connectionLog: off
                """))
        .isEqualTo(Config.DEFAULT);
  }

  /// As the ConfigMap of the release before names them; its default was append.
  @Test
  void parse_namedHeaders_keepTheirMode() {
    Config config =
        ConfigFile.parse(
            "c", "headers: [{name: X-Forwarded-For, value: '{pod.ip}', mode: append}]");
    assertThat(config.headers()).extracting(HeaderRule::mode).containsExactly(HeaderMode.APPEND);
  }

  @Test
  void parse_everyKey_isRead() {
    assertThat(
            ConfigFile.parse(
                "c",
                """
                ports: [8080, 80, 8080]
                headers:
                  - {name: X-Pod, value: "{pod.namespace}/{pod.name}"}
                  - {name: X-App, value: "{pod.labels['app']}", mode: if-absent}
                  - {name: X-Secret, mode: remove}
                removeAlso: [Forwarded, X-Real-IP]
                podMayOverride: false
                guardAppended: false
                proxyProtocol:
                  - {destinations: ["192.0.2.0/24", "2001:db8::1"], ports: [8443, 443, 443]}
                  - destinations: [198.51.100.7]
                    ports: [25]
                    receiver: haproxy-2.6
                    tlvs: {0xE5: "{workload.name}", uniqueId: true, authority: "{pod.name}", crc32c: true, 0xe6: x}
                    mode: pass
                    onMissing: hold
                identity:
                  issuer: https://podstamp.example
                  header: X-Pod-Token
                  rules: [{destinations: [192.0.2.10], ports: [8080, 80], audience: orders}]
                  keyFile: /etc/podstamp/identity/key.pem
                destinations:
                  scope: outside
                  clusterCidrs: ["10.0.0.0/8", "fd00::/8"]
                  include: ["0.0.0.0/0"]
                  exclude: [192.0.2.1]
                profile: strict
                connect: early
                keepAlive: 60
                onAgentDown: closed
                connectionLog: on
                limits: {connections: 500, bufferedMebibytes: 16, headerBlockKibibytes: 1024}
                logLevel: debug
                """))
        .isEqualTo(
            new Config(
                List.of(80, 8080),
                List.of(
                    new HeaderRule(
                        "X-Pod", ValueTemplate.parse("{pod.namespace}/{pod.name}"), HeaderMode.SET),
                    new HeaderRule(
                        "X-App", ValueTemplate.parse("{pod.labels['app']}"), HeaderMode.IF_ABSENT),
                    new HeaderRule("X-Secret", ValueTemplate.parse(""), HeaderMode.REMOVE)),
                List.of("Forwarded", "X-Real-IP"),
                false,
                Optional.of(false),
                new Destinations(
                    Destinations.Scope.OUTSIDE,
                    List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/8")),
                    List.of(Cidr.parse("0.0.0.0/0")),
                    List.of(Cidr.parse("192.0.2.1/32"))),
                List.of(
                    new ProxyRule(
                        List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::1/128")),
                        List.of(443, 8443),
                        Receiver.GENERIC,
                        ProxyTlv.NAMED,
                        OwnHeader.SET,
                        OnMissing.OPEN),
                    new ProxyRule(
                        List.of(Cidr.parse("198.51.100.7/32")),
                        List.of(25),
                        Receiver.HAPROXY_2_6,
                        List.of(
                            new ProxyTlv.Text(0xE5, ValueTemplate.parse("{workload.name}")),
                            ProxyTlv.Made.UNIQUE_ID,
                            new ProxyTlv.Text(2, ValueTemplate.parse("{pod.name}")),
                            ProxyTlv.Made.CRC32C,
                            new ProxyTlv.Text(0xE6, ValueTemplate.parse("x"))),
                        OwnHeader.PASS,
                        OnMissing.HOLD)),
                Optional.of(
                    new TokenSettings(
                        "https://podstamp.example",
                        "X-Pod-Token",
                        List.of(
                            new TokenRule(
                                List.of(Cidr.parse("192.0.2.10/32")), List.of(80, 8080), "orders")),
                        new TokenSource.OfFile(Path.of("/etc/podstamp/identity/key.pem")))),
                Profile.STRICT,
                Connect.EARLY,
                60,
                OnAgentDown.CLOSED,
                ConnectionLog.ON,
                new Limits(OptionalInt.of(500), 16, 1024),
                LogLevel.DEBUG));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ports: [80, 99999]                  | ports[1]: 99999 (expected: a port, 1 to 65535)
          ports: [0]                          | ports[0]: 0 (expected: a port, 1 to 65535)
          ports: ["80"]                       | ports[0]: '80' (expected: a port, 1 to 65535)
          limits: {connections: 0}            | limits.connections: 0 (expected: a number of connections, 1 or more)
          limits: {buffered: 1}               | limits.buffered: unknown key (expected: one of connections, bufferedMebibytes, headerBlockKibibytes; maybe bufferedMebibytes)
          limits: {headerBlockKibibytes: 15}  | limits.headerBlockKibibytes: 15 (expected: a number of KiB, 16 to 16384)
          ports: [8.5]                        | ports[0]: 8.5 (expected: a port, 1 to 65535)
          ports: 80                           | ports: 80 (expected: a list of ports, such as [80, 8080])
          ports:                              | ports: null (expected: a list of ports, such as [80, 8080])
          ports: []                           | ports: [] (expected: at least one port)
          port: [80]                          | port: unknown key (expected: one of ports, headers, removeAlso, podMayOverride, guardAppended, destinations, proxyProtocol, identity, profile, connect, keepAlive, onAgentDown, connectionLog, limits, logLevel; maybe ports)
          podMayOverride: 1                   | podMayOverride: 1 (expected: true or false)
          proxyProtocol: 443                  | proxyProtocol: 443 (expected: a list such as [{destinations: ["192.0.2.1"], ports: [443], receiver: nginx}])
          proxyProtocol: [443]                | proxyProtocol[0]: 443 (expected: a mapping such as {destinations: ["192.0.2.1"], ports: [443]})
          proxyProtocol: [{ports: [443]}]     | proxyProtocol[0].destinations: nothing (expected: a list such as ["10.0.0.0/8"])
          proxyProtocol: [{destinations: [192.0.2.1]}] | proxyProtocol[0].ports: nothing (expected: a list of ports, such as [80, 8080])
          proxyProtocol: [{destinations: [], ports: [443]}] | proxyProtocol[0].destinations: [] (expected: at least one address block)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [0]}] | proxyProtocol[0].ports[0]: 0 (expected: a port, 1 to 65535)
          proxyProtocol: [{destinations: [gw.example], ports: [443]}] | proxyProtocol[0].destinations[0]: 'gw.example' (expected: an address block such as 10.0.0.0/8)
          proxyProtocol: [{destinations: ["0.0.0.0/0"], ports: [443]}] | proxyProtocol[0].destinations: '0.0.0.0/0' (expected: the receivers' addresses; whoever does not expect the header ends the connection)
          proxyProtocol: [{destinations: [169.254.169.254], ports: [443]}] | proxyProtocol[0].destinations: '169.254.169.254/32' (expected: a destination that can be captured; 169.254.0.0/16 never is)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], receiver: nginx-1.2}] | proxyProtocol[0].receiver: 'nginx-1.2' (expected: one of generic, nginx-1.22, nginx, haproxy-2.6, haproxy, envoy, apache, varnish, caddy, postfix)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], tlvs: {0xF0: x}}] | proxyProtocol[0].tlvs.0xF0: unknown TLV (expected: 0xE0 to 0xEF, uniqueId, authority or crc32c)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], tlvs: {0xE1: "{pod.nam}"}}] | proxyProtocol[0].tlvs.0xE1: {pod.nam} (expected: a placeholder such as {pod.name}, {pod.ip} or {pod.labels['app']})
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], tlvs: {uniqueId: 1}}] | proxyProtocol[0].tlvs.uniqueId: 1 (expected: true or false)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], tlvs: [0xE1]}] | (expected: a mapping such as {0xE1: "{pod.name}"})
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], mode: append}] | proxyProtocol[0].mode: 'append' (expected: set or pass)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], onMissing: wait}] | proxyProtocol[0].onMissing: 'wait' (expected: open or hold)
          proxyProtocol: [{destinations: [192.0.2.1], ports: [443], reciever: x}] | proxyProtocol[0].reciever: unknown key (expected: one of destinations, ports, receiver, tlvs, mode, onMissing; maybe receiver)
          removeAlso: Forwarded               | removeAlso: 'Forwarded' (expected: a list such as [X-Real-IP, Forwarded])
          removeAlso: [Forwarded, forwarded]  | removeAlso[1]: 'forwarded' (expected: each name once)
          removeAlso: [Host]                  | removeAlso[0]: 'Host' (expected: a header that does not frame or route the message)
          guardAppended: maybe                | guardAppended: 'maybe' (expected: true or false)
          onagentdown: open                   | maybe onAgentDown)
          xyz: 1                              | logLevel)
          connect: late                       | connect: 'late' (expected: true or early)
          keepAlive: 59                       | keepAlive: 59 (expected: application, or a number of seconds, 60 to 7200)
          keepAlive: off                      | keepAlive: 'off' (expected: application, or a number of seconds, 60 to 7200)
          connect: false                      | connect: false (expected: true or early)
          profile: strcit                     | profile: 'strcit' (expected: transparent or strict)
          connectionLog: true                 | connectionLog: true (expected: off or sampled or on)
          acceleration: 1                     | acceleration: 1 (expected: auto or off)
          headers: {name: X, value: y}        | headers: {"name":"X","value":"y"} (expected: a list such as
          headers: [X]                        | headers[0]: 'X' (expected: a mapping such as
          headers: [{value: x}]               | headers[0].name: nothing (expected: a header name, such as X-Client-Hostname)
          headers: [{name: X}]                | headers[0].value: nothing (expected: text in quotes, such as "{pod.ip}")
          headers: [{name: X, value: {pod.ip}}] | headers[0].value: {"pod.ip":null} (expected: text in quotes, such as "{pod.ip}")
          headers: [{name: X, value: 1.25}]   | headers[0].value: 1.25 (expected: text in quotes, such as "{pod.ip}")
          headers: [{name: X, value: " "}]    | headers[0].value: ' ' (expected: some text, or mode remove)
          headers: [{name: X, value: "{nope}"}] | headers[0].value: {nope} (expected: a placeholder such as
          headers: [{name: "X Y", value: x}]  | headers[0].name: 'X Y' (expected: a header name of at most 63 letters, digits, '-', '_' and '.', such as X-Client-Hostname)
          headers: [{name: _Pod, value: x}]   | headers[0].name: '_Pod' (expected: a header name of at most 63 letters,
          headers: [{name: X-Pod-, value: x}] | headers[0].name: 'X-Pod-' (expected: a header name of at most 63 letters,
          headers: [{name: X-Pod!a, value: x}] | headers[0].name: 'X-Pod!a' (expected: a header name of at most 63 letters,
          headers: [{name: X2345678901234567890123456789012345678901234567890123456789-1234, value: x}] | -1234' (expected: a header name of at most 63 letters,
          headers: [{name: X, value: x, mode: sett}] | headers[0].mode: 'sett' (expected: set or append or if-absent or remove)
          headers: [{name: X, value: x, when: y}] | headers[0].when: unknown key (expected: one of name, value, mode)
          headers: [{name: X-A, value: x}, {name: x_a, value: y}] | headers[1].name: 'x_a' (expected: each name once; many servers take it for X-A above)
          destinations: all                   | destinations: 'all' (expected: a mapping with the keys scope, clusterCidrs, include, exclude)
          destinations: {scope: inside}       | destinations.scope: 'inside' (expected: all or outside)
          destinations: {scope: outside}      | destinations.scope: 'outside' (expected: clusterCidrs beside it: outside means not in these)
          destinations: {exclude: [example.com]} | destinations.exclude[0]: 'example.com' (expected: an address block such as 10.0.0.0/8)
          destinations: {include: 10.0.0.0/8} | destinations.include: '10.0.0.0/8' (expected: a list such as ["10.0.0.0/8"])
          [80]                                | syntax: [80] (expected: a mapping with the keys ports,
          """)
  void parse_oneMistake_isNamed(String text, String expected) {
    assertThatThrownBy(() -> ConfigFile.parse("/etc/podstamp/config.yaml", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("/etc/podstamp/config.yaml:\n")
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"acceleration: auto", "{\"acceleration\": \"off\", \"ports\": [80]}"})
  void parse_retiredKey_isAcceptedWithAWarning(String text) {
    List<String> warnings = new ArrayList<>();
    assertThat(ConfigFile.parse("c", text, warnings::add)).isEqualTo(Config.DEFAULT);
    assertThat(warnings)
        .containsExactly(
            "acceleration: has no effect and will be refused by the next release; remove it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Upgrade",
        "Expect",
        "TE",
        "Trailer",
        "Keep-Alive",
        "Proxy-Connection",
        "HTTP2-Settings",
        "Content_Length"
      })
  void parse_protocolCriticalHeader_isRefused(String name) {
    assertThatThrownBy(() -> ConfigFile.parse("c", "headers: [{name: " + name + ", mode: remove}]"))
        .hasMessageContaining(
            "headers[0].name: '"
                + name
                + "' (expected: a header that does not frame or route the message)");
  }

  @Test
  void parse_manyMistakes_areToldTogether() {
    assertThatThrownBy(
            () ->
                ConfigFile.parse(
                    "c",
                    """
                    ports: [0, 80, 99999]
                    headers: [{name: Host, value: "{x}", mode: y}]
                    profil: strict
                    """))
        .message()
        .satisfies(message -> assertThat(message.lines()).hasSize(7))
        .contains("ports[0]", "ports[2]", "headers[0].name", "headers[0].value", "headers[0].mode")
        .contains("profil: unknown key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ports: [80", "ports: [80]\nports: [81]", "ports: [80]\n---\nports: [81]"})
  void parse_noYaml_isOneProblemWithALine(String text) {
    assertThatThrownBy(() -> ConfigFile.parse("c", text))
        .isInstanceOf(ConfigException.class)
        .message()
        .satisfies(message -> assertThat(message.lines()).hasSize(2))
        .contains("syntax: line ", "(expected: one document of YAML or JSON)");
  }

  @Test
  void parse_longValue_isCut() {
    assertThatThrownBy(() -> ConfigFile.parse("c", "profile: " + "x".repeat(1000)))
        .message()
        .hasSizeLessThan(200);
  }

  @Test
  void load_missingFile_isOneSentence(@TempDir Path dir) {
    assertThatThrownBy(() -> ConfigFile.load(dir.resolve("none.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("none.yaml: no such file (expected: the config file)");
  }

  @Test
  void load_file_isRead(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("c.yaml"), "ports: [81]");
    assertThat(ConfigFile.load(file).ports()).containsExactly(81);
  }
}
