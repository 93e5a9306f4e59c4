package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.identity.Identifier;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One address, ten thousand Pods one after the other, and an API server that tells of them late:
/// its word of the last ones is still on its way when the next one calls.
@Timeout(120)
class AddressReuseTest {
  private static final String IP = "10.1.0.5";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(IP);
  private static final int HANDOVERS = 10_000;

  /// How many Pods the API server is behind, at most.
  private static final int LAG = 8;

  private final Random random = new Random(5);

  @Test
  void addressHandedOn_tenThousandTimes_nobodyIsTakenForAnother() throws IOException {
    FakeApi api = new FakeApi().up();
    try (KubernetesClient client = api.client();
        KubernetesDirectory directory = new KubernetesDirectory(client, Pods.NODE)) {
      directory.start();
      await().until(() -> directory.synced() && api.watching() == 2);
      Identifier identifier = new Identifier(directory, Pods.NODE);
      Deque<Runnable> untold = new ArrayDeque<>();
      for (int i = 0; i < HANDOVERS; i++) {
        String name = "pod-" + i;
        untold.add(() -> api.put(Pods.running(name, IP)));
        if (random.nextBoolean()) {
          untold.add(() -> api.put(Pods.withPhase(Pods.running(name, IP), "Succeeded")));
        }
        untold.add(() -> api.remove("uid-" + name));
        while (untold.size() > random.nextInt(3 * LAG)) {
          untold.remove().run();
        }

        Attachment attachment = attachment(name);
        PodIdentity identity = identifier.identify(attachment);
        identifier.checkSource(attachment, ADDRESS);

        assertThat(identity.ref()).isEqualTo(attachment.pod());
        assertThat(identity.hostname()).isEqualTo(name);
        assertThat(identity.ips()).containsExactly(ADDRESS);
      }
      // The API server was behind often enough for the address alone to have been wrong.
      assertThat(identifier.mismatches()).isGreaterThan(HANDOVERS / 10);

      untold.forEach(Runnable::run);
      // Events are still coming: between two of them no Pod may be known, too.
      await()
          .untilAsserted(
              () -> {
                assertThat(directory.pods()).isEmpty();
                assertThat(directory.byIp(ADDRESS)).isNull();
              });
    } finally {
      api.close();
    }
  }

  private static Attachment attachment(String name) {
    return new Attachment(
        "container-" + name,
        "eth0",
        Path.of("/run/netns/none"),
        1,
        new PodRef("shop", name, "uid-" + name),
        List.of(ADDRESS),
        Map.of());
  }
}
