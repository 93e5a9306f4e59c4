package io.podstamp.publish;

import static io.podstamp.capture.TestAgent.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.TestAgent;
import io.podstamp.config.Config;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.PodRecord;
import io.podstamp.netns.TestNetns;
import io.podstamp.policy.Policies;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaitingPodsTest {
  private static final InetAddress IP = InetAddress.ofLiteral("10.1.2.3");

  @TempDir private Path state;

  @Test
  void wake_strictPodWithoutAnAddress_isTouched_andNoOther() throws IOException {
    List<String> written = new ArrayList<>();
    try (TestAgent agent = new TestAgent(state);
        TestNetns pod = new TestNetns()) {
      agent.namespaces.annotations.put("bank", STRICT);
      agent.namespaces.annotations.put("shop", TestAgent.ENABLED);
      agent.namespaces.pods.add(
          TestAgent.record("bank", "waits", PodRecord.Life.LIVE, List.of(), false));
      agent.namespaces.pods.add(
          TestAgent.record("bank", "runs", PodRecord.Life.LIVE, List.of(IP), false));
      agent.namespaces.pods.add(
          TestAgent.record("bank", "done", PodRecord.Life.TERMINATED, List.of(), false));
      agent.namespaces.pods.add(
          TestAgent.record("bank", "host", PodRecord.Life.LIVE, List.of(), true));
      agent.namespaces.pods.add(
          TestAgent.record("bank", "attached", PodRecord.Life.LIVE, List.of(), false));
      agent.namespaces.pods.add(
          TestAgent.record("shop", "starts", PodRecord.Life.LIVE, List.of(), false));
      agent.reconciler.attach(TestAgent.attachment("bank", "attached", pod));
      Policies policies =
          new Policies(
              () -> Config.DEFAULT,
              agent.namespaces,
              asked -> {
                throw new AssertionError(
                    "everything is known, so nobody is asked: " + Lookup.class);
              });

      new WaitingPods(
              agent.namespaces,
              agent.reconciler,
              policies,
              (ref, status) -> written.add(ref.toString()))
          .wake();
    }
    assertThat(written).containsExactly("bank/waits");
  }
}
