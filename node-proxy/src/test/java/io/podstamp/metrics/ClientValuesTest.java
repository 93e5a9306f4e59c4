package io.podstamp.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ClientValuesTest {
  private final NodeMetrics node = new NodeMetrics();

  private ConnectionTally connection(PodMeter pod) {
    return pod.accepted(new InetSocketAddress("192.0.2.1", 80));
  }

  @Test
  void clientSent_isCountedForPodAndNode_andFirstOnceAPod() throws Exception {
    PodMeter web = node.meter();
    PodMeter db = node.meter();

    assertThat(connection(web).clientSent("X-Forwarded-For", HeaderMode.SET)).isTrue();
    assertThat(connection(web).clientSent("X-Forwarded-For", HeaderMode.SET)).isFalse();
    assertThat(connection(db).clientSent("X-Forwarded-For", HeaderMode.SET)).isTrue();
    assertThat(connection(db).clientSent("Forwarded", HeaderMode.IF_ABSENT)).isTrue();

    assertThat(web.counts().clientValues())
        .containsOnly(java.util.Map.entry("X-Forwarded-For", 2L));
    assertThat(web.counts().plus(db.counts()).clientValues())
        .containsEntry("X-Forwarded-For", 3L)
        .containsEntry("Forwarded", 1L);
    assertThat(new String(node.exposition().page(null).content(), StandardCharsets.UTF_8))
        .contains("podstamp_client_values_total{header=\"X-Forwarded-For\",mode=\"set\"} 3.0\n")
        .contains("podstamp_client_values_total{header=\"Forwarded\",mode=\"if-absent\"} 1.0\n");
  }

  /// A Pod that changes its annotation again and again must not fill the agent.
  @Test
  void names_areBounded() {
    ClientValues values = new ClientValues();
    for (int i = 0; i < 1_000; i++) {
      values.add("X-" + i, HeaderMode.SET);
    }
    assertThat(values.byHeader()).hasSize(65).containsEntry("(others)", 936L);
    assertThat(values.add("X-1", HeaderMode.SET)).isFalse();
    assertThat(values.byHeader()).containsEntry("X-1", 2L);
  }
}
