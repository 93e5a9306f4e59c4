package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.wire.Reply;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The plugin as a runtime sees it: a process, started as a module in a locale-less environment.
@Timeout(60)
class MainTest {
  @TempDir Path dir;

  @Test
  void main_agentAnswers_exitsAndPrintsAsItSays() throws Exception {
    Path socket = dir.resolve("cni.sock");
    Reply reply = new Reply(42, "{\"é\":1}".getBytes(UTF_8));
    try (FakeAgent _ = FakeAgent.replying(socket, reply, new ArrayList<>())) {
      assertThat(process(Call.of("CHECK").conf(socket, "1.0.0", "")))
          .isEqualTo(new Call.Done(42, "{\"é\":1}", ""));
    }
  }

  @Test
  void main_noAgent_passesThroughWithOneLineOnStderr() throws Exception {
    Call.Done done = process(Call.of("ADD").conf(dir.resolve("none"), "1.0.0", ""));
    assertThat(done.stdout()).isEqualTo(Call.PREV_RESULT);
    assertThat(done.exitCode()).isZero();
    assertThat(done.stderr()).hasLineCount(1).startsWith("podstamp: ADD c1: answered without");
  }

  @Test
  void main_noEnvironment_isCode4() throws Exception {
    Call.Done done = process(new Call(Map.of(), new byte[0], Plugin.DEADLINE));
    assertThat(done.exitCode()).isEqualTo(1);
    assertThat(done.stdout()).contains("\"code\":4");
  }

  private Call.Done process(Call call) throws IOException, InterruptedException {
    File stdin = Files.write(dir.resolve("stdin"), call.stdin()).toFile();
    File stdout = dir.resolve("stdout").toFile();
    File stderr = dir.resolve("stderr").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                Path.of("target", "classes").toString(),
                "-m",
                "io.podstamp.cni/io.podstamp.cni.Main")
            .redirectInput(stdin)
            .redirectOutput(stdout)
            .redirectError(stderr);
    builder.environment().clear();
    builder.environment().putAll(call.environment());
    int exitCode = builder.start().waitFor();
    return new Call.Done(
        exitCode, Files.readString(stdout.toPath()), Files.readString(stderr.toPath()));
  }
}
