package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketTableTest {
  private static final String HEADING = "  sl  local_address rem_address   st tx_queue rx_queue";

  @ParameterizedTest
  @CsvSource({
    "0100007F:3E1D, 0A, false, a listener",
    "0100007F:3E1D, 06, false, TIME_WAIT",
    "0100007F:3E1D, 01, true, a connection",
    "0100007F:3E1D, 03, true, one that waits to be established",
    "0100007F:3E1D, 0B, true, one that is closed with bytes to send",
    "0100007F:3E1E, 01, false, another port's",
    "00000000000000000000000001000000:3E1D, 01, true, IPv6"
  })
  void isBusy_socketWithLocalPort(String local, String state, boolean busy, String what) {
    List<String> lines =
        List.of(HEADING, "   0: " + local + " 0101A8C0:3E1D " + state + " 00000000:00000000");
    assertThat(SocketTable.isBusy(lines, 15901)).as(what).isEqualTo(busy);
  }
}
