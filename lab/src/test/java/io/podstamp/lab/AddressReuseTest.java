package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// An address goes from one Pod to the next at once, while the API server still says that it is the
/// old one's. 10 000 handovers without a kernel are in `kubernetes/AddressReuseTest`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class AddressReuseTest {
  private static final String GATEWAY = "http://" + Node.OUTSIDE_ADDRESS;
  private static final String IP = "10.244.0.248";
  private static final int HANDOVERS = 15;
  private static final int REQUESTS_EACH = 400;

  private Lab lab;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void addressHandedOn_everyRequestCarriesTheNewPodsName() {
    LabPod before = lab.runPodAt(IP, "shop", "pod-0");
    for (int i = 1; i <= HANDOVERS; i++) {
      before.curl("-o", "/dev/null", GATEWAY + "/handover0/" + i);
      lab.stopPod(before);
      LabPod after = lab.runPodAt(IP, "shop", "pod-" + i);
      assertThat(after.ip()).isEqualTo(IP);

      after.curl("-f", "-o", "/dev/null", GATEWAY + "/handover" + i + "/[1-" + REQUESTS_EACH + "]");

      List<Gateway.Request> requests = lab.gateway().await("/handover" + i + "/", REQUESTS_EACH);
      assertThat(requests.stream().map(Gateway.Request::hostname).distinct())
          .containsExactly(after.name());
      assertThat(requests.stream().map(Gateway.Request::forwardedFor).distinct())
          .containsExactly(IP);
      lab.forgetPod(before);
      before = after;
    }
    lab.deletePod(before);
  }
}
