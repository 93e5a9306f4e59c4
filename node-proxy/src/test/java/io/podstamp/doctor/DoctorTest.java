package io.podstamp.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.doctor.Finding.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "4.19.0, FAIL",
    "5.1.9, FAIL",
    "5.2.0, WARN",
    "5.10.0-28-amd64, WARN",
    "5.14, OK",
    "6.18.4, OK",
    "odd, WARN"
  })
  void version_isComparedByNumber(String version, Level level) {
    assertThat(KernelCheck.version(version).level()).isEqualTo(level);
  }

  @Test
  void capabilities_namesThoseThatAreMissing() {
    assertThat(KernelCheck.capabilities("CapEff:\t000001ffffffffff\n").level()).isEqualTo(Level.OK);
    assertThat(KernelCheck.capabilities("CapEff:\t0000000000001000\n").sentence())
        .isEqualTo("this process lacks SYS_ADMIN");
    assertThat(KernelCheck.capabilities("CapEff:\t0000000000000000\n").sentence())
        .isEqualTo("this process lacks NET_ADMIN and SYS_ADMIN");
  }

  /// By this process alone: an image has no programs for it.
  @Test
  void kernel_isTriedInANamespaceOfItsOwn() throws IOException {
    assertThat(new KernelCheck().look())
        .allMatch(finding -> finding.level() != Level.FAIL)
        .extracting(Finding::check)
        .containsExactly(
            "kernel",
            "capabilities",
            "nf_tables",
            "redirect IPv4",
            "redirect IPv6",
            "lease",
            "hold");
  }

  @ParameterizedTest
  @CsvSource({
    "'Thu, 01 Jan 2026 12:00:00 GMT', OK",
    "'Thu, 01 Jan 2026 12:00:29 GMT', OK",
    "'Thu, 01 Jan 2026 12:02:00 GMT', WARN",
    "'Thu, 01 Jan 2026 11:58:00 GMT', WARN",
    "'yesterday', WARN"
  })
  void clock_mayDifferByHalfAMinute(String date, Level level) {
    assertThat(ApiCheck.clock(date, NOON, NOON.plusSeconds(1)).level()).isEqualTo(level);
  }

  @Test
  void chain_isWhatTheRuntimeReadsFirst() throws IOException {
    String list = "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"bridge\"}%s]}";
    Path first = Files.writeString(folder.resolve("10-a.conflist"), list.formatted(""));
    Files.writeString(folder.resolve("20-b.conflist"), list.formatted(",{\"type\":\"podstamp\"}"));
    assertThat(network("chain").level()).isEqualTo(Level.FAIL);
    assertThat(network("chain").sentence()).contains("10-a.conflist", "does not list podstamp");

    Files.writeString(first, list.formatted(",{\"type\":\"podstamp\"}"));
    assertThat(network("chain").level()).isEqualTo(Level.OK);

    Files.writeString(first, "{");
    assertThat(network("chain").level()).isEqualTo(Level.FAIL);
    assertThat(network("cilium").level()).isEqualTo(Level.OK);

    Files.move(first, folder.resolve("10-a.conflist.cilium_bak"));
    assertThat(network("cilium").sentence()).contains("for itself");
  }

  /// What an uninstalled podstamp leaves behind answers too, and is no plugin.
  @Test
  void plugin_isRunWithItsRuntime() throws IOException {
    Path plugin = folder.resolve("podstamp");
    String answer = "{\"cniVersion\":\"1.1.0\",\"code\":4,\"msg\":\"CNI_COMMAND: missing\"}";
    Files.writeString(
        plugin, "#!/bin/sh\n[ -z \"$CNI_COMMAND\" ] && echo '" + answer + "'; exit 1\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(network("plugin").level()).isEqualTo(Level.OK);

    Files.writeString(plugin, "#!/bin/sh\nexit 0\n");
    assertThat(network("plugin").level()).isEqualTo(Level.FAIL);
  }

  @Test
  void agent_thatIsAway_hasItsPortsLookedAt() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress port = (InetSocketAddress) taken.getLocalSocketAddress();
      List<Finding> findings =
          new AgentCheck(
                  () -> {
                    throw new IOException("nobody there");
                  },
                  port,
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  folder.resolve("sock"))
              .look();

      assertThat(findings).filteredOn(finding -> finding.check().equals("agent")).hasSize(1);
      assertThat(findings)
          .filteredOn(finding -> finding.level() == Level.FAIL)
          .extracting(Finding::check)
          .containsExactly("port " + port.getPort());
    }
  }

  @Test
  void agent_whoseLoopHangs_fails() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    String process =
        """
        {"pid": 1, "awaited": ["the list"], "agent": {"loopSilence": "PT31S", "configProblem": "bad"}}
        """;

    assertThat(new AgentCheck(() -> process, any, any, folder.resolve("sock")).look())
        .filteredOn(finding -> List.of("agent", "event loops", "config").contains(finding.check()))
        .extracting(Finding::level)
        .containsExactly(Level.WARN, Level.FAIL, Level.WARN);
  }

  private Finding network(String check) throws IOException {
    return new NetworkCheck(folder, folder, folder.resolve("bpf"))
        .look().stream().filter(finding -> finding.check().equals(check)).findFirst().orElseThrow();
  }
}
