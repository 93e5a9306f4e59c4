package io.podstamp.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.differential.peer.Peers;
import io.podstamp.http1.Kinds;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Real servers are shown the [Kinds] through the data path: no application reads a forged name,
/// and behind profile strict none reads a request without stamp.
@Timeout(600)
class ForgeriesTest {
  @TempDir Path home;

  @ParameterizedTest
  @EnumSource
  void nothingForgedIsRead(Peers server) throws Exception {
    Trial.Found found = new Trial(server.start(home)).run(Kinds.cases().toList());
    assertThat(found.forged()).as("forged, read of %s", found.direct()).isEmpty();
    assertThat(found.bare()).as("without stamp").isEmpty();
  }
}
