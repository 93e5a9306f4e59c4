package io.podstamp.install;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodRulesTest {
  @TempDir Path empty;

  @Test
  void rules_areRemovedWhereTheyAreAndOthersStay() throws IOException {
    try (TestNetns captured = new TestNetns();
        TestNetns known = new TestNetns();
        TestNetns never = new TestNetns()) {
      for (TestNetns netns : new TestNetns[] {captured, known}) {
        netns.exec("nft", "add", "table", "inet", "podstamp");
        netns.exec("nft", "add", "table", "inet", "another");
      }

      assertThat(Installation.removeRules(empty, Set.of(known.path(), Path.of("/run/netns/gone"))))
          .isEmpty();
      assertThat(known.exec("nft", "list", "tables")).isEqualTo("table inet another\n");
      assertThat(captured.exec("nft", "list", "tables")).contains("table inet podstamp");

      assertThat(Installation.removeRules(Path.of("/run/netns"), Set.of())).isEmpty();
      assertThat(captured.exec("nft", "list", "tables")).isEqualTo("table inet another\n");
      assertThat(never.exec("nft", "list", "tables")).isEmpty();
      assertThat(Installation.removeRules(Path.of("/run/netns"), Set.of())).isEmpty();
    }
  }
}
