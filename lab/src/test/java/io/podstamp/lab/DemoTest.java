package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The demo is what a newcomer sees first, so it is tested like everything else.
final class DemoTest {
  @Test
  void demo_provesEveryChapter() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    boolean proven =
        Demo.run(
            Path.of("../target/podstamp"),
            false,
            new PrintStream(out, true, StandardCharsets.UTF_8));

    assertThat(proven).as(out.toString(StandardCharsets.UTF_8)).isTrue();
  }
}
