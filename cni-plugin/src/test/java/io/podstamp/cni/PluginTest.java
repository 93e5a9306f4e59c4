package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The plugin beside an agent that answers, and the calls that never get as far as the agent.
class PluginTest {
  private static final String VERSIONS = "0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0";

  @TempDir Path dir;

  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

  @ParameterizedTest
  @MethodSource("verbsAndVersions")
  void run_agentAnswers_printsItAsItCame(Command command, CniVersion version) throws IOException {
    Reply reply = new Reply(3, "not even\u0000JSON\n".getBytes(UTF_8));
    try (FakeAgent _ = FakeAgent.replying(socket(), reply, requests)) {
      Call call = Call.of(command.name()).conf(socket(), version.toString(), "");
      Call.Done done = call.run();
      if (version.compareTo(command.since()) < 0) {
        assertThat(done.stdout())
            .isEqualTo(
                """
                {"cniVersion":"%s","code":1,"msg":"cniVersion: %s (expected: %s or later)",\
                "details":"%s does not exist before"}\
                """
                    .formatted(version, version, command.since(), command));
        assertThat(done.exitCode()).isEqualTo(1);
        assertThat(requests).isEmpty();
      } else {
        assertThat(done).isEqualTo(new Call.Done(3, "not even\u0000JSON\n", ""));
        assertThat(requests).containsExactly(Request.from(call.environment(), call.stdin()));
        assertThat(requests.getFirst().environment()).doesNotContainKey("AWS_SECRET_ACCESS_KEY");
      }
    }
  }

  static Stream<Arguments> verbsAndVersions() {
    return Stream.of(Command.values())
        .filter(command -> command != Command.VERSION)
        .flatMap(c -> Stream.of(CniVersion.values()).map(v -> Arguments.of(c, v)));
  }

  @Test
  void run_largeReply_isPrintedWhole() throws IOException {
    String large = "x".repeat(3 << 20);
    try (FakeAgent _ =
        FakeAgent.replying(socket(), Reply.success(large.getBytes(UTF_8)), requests)) {
      Call call = Call.of("ADD").conf(socket(), "1.0.0", ",'pad':'" + large + "'");
      assertThat(call.run().stdout()).isEqualTo(large);
    }
  }

  @Test
  void run_version_isAnsweredWithoutAgentOrStdin() {
    Call version = new Call(Map.of("CNI_COMMAND", "VERSION"), new byte[0], Plugin.DEADLINE);
    assertThat(version.run(failing(new AssertionError("must not be read"))))
        .isEqualTo(
            new Call.Done(
                0,
                "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
                    + "[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}",
                ""));
  }

  @Test
  void run_noCommand_saysWhatTheProgramIsAndDoesNotWaitForStdin() {
    Call nothing = new Call(Map.of(), new byte[0], Plugin.DEADLINE);
    Call.Done done = nothing.run(failing(new AssertionError("must not be read")));
    assertThat(done.stdout())
        .isEqualTo(
            "{\"cniVersion\":\"1.1.0\",\"code\":4,\"msg\":\"CNI_COMMAND: missing\",\"details\":"
                + "\"this program is a CNI plugin; a container runtime calls it\"}");
    assertThat(done.exitCode()).isEqualTo(1);
  }

  /// Each kind of bad input with each verb: the verbs after the bar get the error, the others pass.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | 6 | ADD CHECK GC STATUS | 1.1.0 | network configuration: ends after 1 bytes (expected: '\\\"')",
        "`` | 6 | ADD CHECK GC STATUS | 1.1.0 | network configuration: ends after 0 bytes (expected: '{')",
        "{'cniVersion':'1.1.0','socket':1,'socket':2} | 6 | ADD CHECK GC STATUS | 1.1.0 | network configuration: byte 33: socket comes twice",
        "{'cniVersion':'2.0.0','name':'n'} | 1 | ADD CHECK GC STATUS | 1.1.0 | cniVersion: 2.0.0 (expected: "
            + VERSIONS
            + ")",
        "{'cniVersion':'1.1.0','name':'n','onAgentDown':'ajar'} | 7 | ADD | 1.1.0 | onAgentDown: ajar (expected: open or closed)",
        "{'cniVersion':'1.1.0'} | 7 | ADD | 1.1.0 | name: missing (expected: the name of the network)",
      })
  void run_badStdin_failsOnlyTheVerbsThatMay(
      String stdin, int code, String failing, String version, String message) {
    for (String verb : List.of("ADD", "DEL", "CHECK", "GC", "STATUS")) {
      Call.Done done = Call.of(verb).stdin(stdin.replace('\'', '"')).run();
      boolean fails = List.of(failing.split(" ")).contains(verb);
      assertThat(done.stdout())
          .as(verb)
          .isEqualTo(
              fails
                  ? "{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"%s\"}"
                      .formatted(version, code, message)
                  : "");
      assertThat(done.exitCode()).as(verb).isEqualTo(fails ? 1 : 0);
      assertThat(done.stderr()).as(verb).startsWith("podstamp: " + verb + " c1: ").endsWith("\n");
    }
  }

  @ParameterizedTest
  @EnumSource(CniVersion.class)
  void run_badEnvironment_answersInTheRequestsVersion(CniVersion version) {
    Call.Done done =
        Call.of("DEL").with("CNI_IFNAME", "").conf(socket(), version.toString(), "").run();
    assertThat(done.stdout())
        .isEqualTo(
            "{\"cniVersion\":\"" + version + "\",\"code\":4,\"msg\":\"CNI_IFNAME: missing\"}");
    assertThat(done.exitCode()).isEqualTo(1);
  }

  @Test
  void run_unknownCommand_isNamed() {
    Call.Done done = Call.of("PATCH\n").conf(socket(), "0.4.0", "").run();
    assertThat(done.stdout())
        .startsWith(
            "{\"cniVersion\":\"0.4.0\",\"code\":4,\"msg\":\"CNI_COMMAND: PATCH\\u000a (exp");
    assertThat(done.stderr()).hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({"ADD, 6", "CHECK, 6", "GC, 6", "STATUS, 6", "DEL, 0"})
  void run_hostileStdin_isRefused(String verb, int code) {
    byte[] huge = new byte[10 << 20];
    Arrays.fill(huge, (byte) ' ');
    String deep = "{\"prevResult\":" + "[".repeat(100_000);
    for (byte[] stdin : List.of(huge, deep.getBytes(UTF_8), new byte[] {'{', 0, '}'})) {
      Call.Done done = Call.of(verb).stdin(stdin).run();
      assertThat(done.exitCode()).isEqualTo(code == 0 ? 0 : 1);
      assertThat(done.stdout())
          .startsWith(code == 0 ? "" : "{\"cniVersion\":\"1.1.0\",\"code\":6,\"msg\":\"network");
      assertThat(done.stderr()).hasLineCount(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"ADD, true", "CHECK, false", "DEL, false", "GC, false", "STATUS, false"})
  void run_stdinFails_isCode5(String verb, boolean fails) {
    Call.Done done = Call.of(verb).run(failing(new IOException("Input/output error")));
    assertThat(done.exitCode()).isEqualTo(fails ? 1 : 0);
    assertThat(done.stdout())
        .isEqualTo(
            fails
                ? "{\"cniVersion\":\"1.1.0\",\"code\":5,\"msg\":\"stdin: Input/output error\"}"
                : "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ADD", "CHECK", "DEL", "GC", "STATUS"})
  void run_mistakeOfOurs_neverPrintsAStackTrace(String verb) {
    Call.Done done = Call.of(verb).run(failing(new StackOverflowError("boom\n\tat Here")));
    boolean fails = verb.equals("ADD");
    assertThat(done.exitCode()).isEqualTo(fails ? 1 : 0);
    assertThat(done.stdout())
        .isEqualTo(
            fails
                ? "{\"cniVersion\":\"1.1.0\",\"code\":999,\"msg\":\"podstamp's plugin failed\","
                    + "\"details\":\"java.lang.StackOverflowError: boom\\u000a\\u0009at Here;"
                    + " please report it\"}"
                : "");
    assertThat(done.stderr()).hasLineCount(1);
  }

  @Test
  void run_stdoutGone_exitsOne() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    int exitCode =
        Plugin.run(
            Map.of("CNI_COMMAND", "VERSION"),
            InputStream.nullInputStream(),
            gone,
            stderr,
            Plugin.DEADLINE);
    assertThat(exitCode).isEqualTo(1);
    assertThat(stderr.toString(UTF_8)).contains("Broken pipe");
  }

  private Path socket() {
    return dir.resolve("cni.sock");
  }

  private static InputStream failing(Throwable trouble) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        if (trouble instanceof IOException e) {
          throw e;
        }
        throw (Error) trouble;
      }

      @Override
      public int read(byte[] target, int from, int length) throws IOException {
        return read();
      }
    };
  }
}
