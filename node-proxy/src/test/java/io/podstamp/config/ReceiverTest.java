package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The tables of docs/proxy-protocol.md.
class ReceiverTest {
  private static final Path PAGE = Path.of("../docs/proxy-protocol.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([\\w.-]+)` \\| (\\d+) \\| ([^|:]+)");

  @Test
  void table_hasEachReceiverWithWhatItTakes() throws IOException {
    Map<String, String> rows = new HashMap<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      rows.put(row.group(1), row.group(2) + " " + row.group(3).strip());
    }
    Map<String, String> expected = new HashMap<>();
    for (Receiver receiver : Receiver.values()) {
      String tlvs =
          receiver.tlvs().stream().map(ReceiverTest::name).collect(Collectors.joining(", "));
      expected.put(receiver.label(), receiver.mostTlvs() + " " + (tlvs.isEmpty() ? "none" : tlvs));
    }
    assertThat(rows).isEqualTo(expected);
  }

  private static String name(ProxyTlv tlv) {
    return switch (tlv) {
      case ProxyTlv.Made made -> made == ProxyTlv.Made.UNIQUE_ID ? "uniqueId" : "crc32c";
      case ProxyTlv.Text text ->
          text.type() == ProxyTlv.AUTHORITY
              ? "authority"
              : "0x" + Integer.toHexString(text.type()).toUpperCase(Locale.ROOT);
    };
  }

  @Test
  void example_isReadAsItStandsThere() throws IOException {
    String yaml =
        Files.readString(PAGE)
            .lines()
            .dropWhile(line -> !line.startsWith("    proxyProtocol:"))
            .takeWhile(line -> line.startsWith("    "))
            .collect(Collectors.joining("\n"));
    ProxyRule rule = ConfigFile.parse("c", yaml).proxyProtocol().getFirst();
    assertThat(rule.receiver()).isEqualTo(Receiver.NGINX);
    assertThat(rule.ports()).isEqualTo(List.of(443));
    assertThat(rule.destinations()).hasSize(2);
  }
}
