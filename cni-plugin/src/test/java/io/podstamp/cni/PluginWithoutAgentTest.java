package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The plugin beside an agent that is not there, does not answer, or answers nonsense.
@Timeout(60)
class PluginWithoutAgentTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  @TempDir Path dir;

  /// In this table PREV stands for `prevResult`, E11 for an error object with code 11, `-` for
  /// nothing; `shop` is the Pod's namespace.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ADD | `` | PREV",
        "ADD | ,'onAgentDown':'open' | PREV",
        "ADD | ,'onAgentDown':'closed' | E11",
        "ADD | ,'onAgentDown':'closed','agentNamespace':'shop' | PREV",
        "ADD | ,'onAgentDown':'closed','agentNamespace':'other' | E11",
        "ADD | ,'strictNamespaces':'STRICT' | E11",
        "ADD | ,'strictNamespaces':'LAX' | PREV",
        "ADD | ,'strictNamespaces':'MISSING' | PREV",
        "ADD | ,'strictNamespaces':'DIRECTORY' | PREV",
        "ADD | ,'strictNamespaces':'STRICT','agentNamespace':'shop' | PREV",
        "ADD | ,'strictNamespaces':'MISSING','onAgentDown':'closed' | E11",
        "ADD | ,'strictNamespaces':'LAX','onAgentDown':'closed' | E11",
        "CHECK | `` | -",
        "CHECK | ,'onAgentDown':'closed' | -",
        "CHECK | ,'strictNamespaces':'STRICT' | -",
        "DEL | ,'onAgentDown':'closed' | -",
        "DEL | `` | -",
        "GC | ,'onAgentDown':'closed' | -",
        "STATUS | ,'onAgentDown':'closed' | -",
      })
  void run_noSocket_answersByPolicy(String verb, String more, String expected) throws IOException {
    Path strict = Files.writeString(dir.resolve("strict"), "pay\nshop\n");
    Path lax = Files.writeString(dir.resolve("lax"), "pay\nshopping\n");
    String conf =
        more.replace("STRICT", strict.toString())
            .replace("LAX", lax.toString())
            .replace("MISSING", dir.resolve("missing").toString())
            .replace("DIRECTORY", dir.toString());
    Call.Done done = Call.of(verb).conf(socket(), "1.1.0", conf).run();
    switch (expected) {
      case "PREV" -> assertPassedThrough(done);
      case "E11" -> {
        assertThat(done.stdout())
            .startsWith(
                "{\"cniVersion\":\"1.1.0\",\"code\":11,\"msg\":\"the podstamp agent does not"
                    + " answer, and ")
            .contains("\"details\":\"" + socket() + ": ")
            .endsWith("; maybe the agent has not started on this node yet\"}");
        assertThat(done.exitCode()).isEqualTo(1);
      }
      default -> {
        assertThat(done.stdout()).isEmpty();
        assertThat(done.exitCode()).isZero();
      }
    }
    assertThat(done.stderr()).hasLineCount(1).contains("not started on this node yet");
  }

  /// As podman, nerdctl and cnitool call it.
  @ParameterizedTest
  @ValueSource(strings = {"", "IgnoreUnknown=1", "K8S_POD_NAMESPACE=shop", "K8S_POD_NAME=web-0"})
  void run_noPod_passesThroughAtOnce_inEverySetting(String args) throws IOException {
    try (FakeAgent _ = FakeAgent.deaf(socket())) {
      Call.Done done =
          Call.of("ADD")
              .with("CNI_ARGS", args)
              .conf(socket(), "1.0.0", ",'onAgentDown':'closed'")
              .run();
      assertPassedThrough(done);
      assertThat(done.stderr()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
  void run_addWithoutPrevResult_isCode7(String version) {
    Call.Done done =
        Call.of("ADD")
            .stdin(
                "{\"cniVersion\":\"%s\",\"name\":\"n\",\"socket\":\"%s\",\"prevResult\":null}"
                    .formatted(version, socket()))
            .run();
    assertThat(done.stdout())
        .isEqualTo(
            "{\"cniVersion\":\""
                + version
                + "\",\"code\":7,\"msg\":\"prevResult: missing (expected: podstamp must be called"
                + " as a chained plugin)\",\"details\":\"maybe podstamp stands first in the"
                + " conflist\"}");
    assertThat(done.exitCode()).isEqualTo(1);
  }

  @Test
  void run_socketFileWithoutListener_passesThrough() throws IOException {
    FakeAgent.behaving(socket(), connection -> {}).close();
    assertThat(socket()).exists();
    Call.Done done = add().run();
    assertPassedThrough(done);
    assertThat(done.stderr()).contains("maybe the agent has died");
  }

  /// One agent has left, the next one listens a moment later.
  @Test
  void run_agentComesWithinASecond_isAsked() throws Exception {
    FakeAgent.behaving(socket(), connection -> {}).close();
    CompletableFuture<Call.Done> call = CompletableFuture.supplyAsync(() -> add().run());
    Thread.sleep(200);
    Reply reply = new Reply(0, "{\"ips\":[]}".getBytes(UTF_8));
    try (FakeAgent _ = FakeAgent.replying(socket(), reply, new ArrayList<>())) {
      assertThat(call.get().stdout()).isEqualTo("{\"ips\":[]}");
    }
  }

  @Test
  void run_socketPathTooLong_passesThrough() {
    assertPassedThrough(Call.of("ADD").conf(dir.resolve("x".repeat(200)), "1.0.0", "").run());
  }

  @Test
  void run_agentNeverAnswers_passesThroughAtTheDeadline() throws IOException {
    assertLate(connection -> Codec.readRequest(connection).stdin(), add());
  }

  @Test
  void run_agentNeverReads_passesThroughAtTheDeadline() throws IOException {
    String pad = ",'pad':'" + "x".repeat(3 << 20) + "'";
    assertLate(connection -> {}, Call.of("ADD").conf(socket(), "1.0.0", pad));
  }

  @Test
  void run_agentTrickles_passesThroughAtTheDeadline() throws IOException {
    byte[] reply = bytes(Reply.success("{}".getBytes(UTF_8)));
    assertLate(
        connection -> {
          for (int i = 0; i < reply.length - 1; i++) {
            connection.write(ByteBuffer.wrap(reply, i, 1));
          }
        },
        add());
  }

  @Test
  void run_agentNeverAccepts_passesThroughAtTheDeadline() throws IOException {
    try (FakeAgent _ = FakeAgent.deaf(socket())) {
      Call.Done done = add().within(SHORT).run();
      assertPassedThrough(done);
      assertThat(done.stderr()).contains("no answer within 150 ms");
    }
  }

  @Test
  void run_closedAndAgentNeverAnswers_isCode11AtTheDeadline() throws IOException {
    try (FakeAgent _ = FakeAgent.behaving(socket(), PluginWithoutAgentTest::hold)) {
      Call.Done done =
          Call.of("ADD").conf(socket(), "1.0.0", ",'onAgentDown':'closed'").within(SHORT).run();
      assertThat(done.stdout())
          .isEqualTo(
              "{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"the podstamp agent does not answer,"
                  + " and onAgentDown is closed\",\"details\":\""
                  + socket()
                  + ": no answer within 150 ms; maybe the agent hangs or the node is"
                  + " overloaded\"}");
    }
  }

  @Test
  void run_agentSendsGarbage_passesThrough() throws IOException {
    byte[] aGibibyte =
        ByteBuffer.allocate(10).put("PSTP\u0001r".getBytes(UTF_8)).putInt(1 << 30).array();
    byte[] otherVersion = bytes(Reply.silence());
    otherVersion[4] = 9;
    for (byte[] garbage :
        List.of(
            "HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8),
            new byte[100],
            aGibibyte,
            otherVersion,
            "{}".getBytes(UTF_8))) {
      assertBroken(garbage);
    }
  }

  @Test
  void run_agentClosesHalfway_passesThroughAfterEveryPrefix() throws IOException {
    byte[] reply = bytes(new Reply(0, "{\"ips\":[]}".getBytes(UTF_8)));
    for (int length = 0; length < reply.length; length++) {
      assertBroken(Arrays.copyOf(reply, length));
    }
  }

  private void assertBroken(byte[] answer) throws IOException {
    FakeAgent.Behaviour behaviour =
        connection -> {
          Codec.readRequest(connection);
          connection.write(ByteBuffer.wrap(answer));
        };
    try (FakeAgent _ = FakeAgent.behaving(socket(), behaviour)) {
      Call.Done done = add().run();
      assertPassedThrough(done);
      assertThat(done.stderr())
          .containsAnyOf("BrokenMessageException", "EOFException")
          .hasLineCount(1);
    } finally {
      Files.delete(socket());
    }
  }

  private void assertLate(FakeAgent.Behaviour first, Call call) throws IOException {
    FakeAgent.Behaviour behaviour =
        connection -> {
          first.serve(connection);
          hold(connection);
        };
    try (FakeAgent _ = FakeAgent.behaving(socket(), behaviour)) {
      Call.Done done = call.within(SHORT).run();
      assertPassedThrough(done);
      assertThat(done.stderr())
          .isEqualTo(
              "podstamp: ADD c1: answered without the agent: "
                  + socket()
                  + ": no answer within 150 ms; maybe the agent hangs or the node is"
                  + " overloaded\n");
    }
  }

  /// Keeps the connection open until the agent is closed.
  private static void hold(SocketChannel connection) throws InterruptedException {
    new CountDownLatch(1).await();
  }

  private static void assertPassedThrough(Call.Done done) {
    assertThat(done.stdout()).isEqualTo(Call.PREV_RESULT);
    assertThat(done.exitCode()).isZero();
  }

  private Call add() {
    return Call.of("ADD").conf(socket(), "1.0.0", "");
  }

  private Path socket() {
    return dir.resolve("cni.sock");
  }

  private static byte[] bytes(Reply reply) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Codec.write(Channels.newChannel(out), reply);
    return out.toByteArray();
  }
}
