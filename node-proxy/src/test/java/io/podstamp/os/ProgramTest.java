package io.podstamp.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProgramTest {
  private static final Duration AMPLE = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  /// For a busy machine; without a limit that holds these would take 1000 s.
  private static final Duration AT_ONCE = Duration.ofSeconds(30);

  @Test
  void run_ends_givesStatusAndBothStreams() throws IOException {
    Program.Result run = Program.run(List.of("sh", "-c", "echo out; echo err >&2; exit 3"), AMPLE);
    assertThat(run).isEqualTo(new Program.Result(3, "out\nerr\n", false));
    assertThat(run.isOk()).isFalse();
    assertThat(Program.run(List.of("true"), AMPLE).isOk()).isTrue();
  }

  @Test
  void run_input_isReadToItsEnd() throws IOException {
    byte[] input = "x".repeat(500_000).getBytes(StandardCharsets.US_ASCII);
    assertThat(Program.run(new ProcessBuilder("cat"), input, AMPLE).output()).hasSize(500_000);
  }

  @Test
  void run_hangs_isKilledAndWhatItSaidIsThere() throws IOException {
    long start = System.nanoTime();
    Program.Result run = Program.run(List.of("sh", "-c", "echo $$; exec sleep 1000"), SHORT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    assertThat(run.late()).isTrue();
    assertThat(run.isOk()).isFalse();
    long pid = Long.parseLong(run.output().strip());
    await().atMost(AT_ONCE).until(() -> ProcessHandle.of(pid).isEmpty());
  }

  @Test
  void run_saysMoreThanAPipeHoldsAndHangs_isKilled() throws IOException {
    Program.Result run =
        Program.run(List.of("sh", "-c", "head -c 4000000 /dev/zero; exec sleep 1000"), SHORT);
    assertThat(run.late()).isTrue();
    assertThat(run.output().length()).isLessThanOrEqualTo(1 << 20);
  }

  @Test
  void run_doesNotRead_isKilled() throws IOException {
    byte[] input = new byte[1 << 20];
    assertThat(Program.run(new ProcessBuilder("sleep", "1000"), input, SHORT).late()).isTrue();
  }

  @Test
  void run_aChildKeepsThePipe_returnsAtTheLimit() throws IOException {
    long start = System.nanoTime();
    Program.Result run = Program.run(List.of("sh", "-c", "sleep 60 & echo $!"), SHORT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    assertThat(run.late()).isFalse();
    ProcessHandle.of(Long.parseLong(run.output().strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  void run_noSuchProgram_isAnException() {
    assertThatThrownBy(() -> Program.run(List.of("/no/such/program"), AMPLE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/no/such/program");
  }
}
