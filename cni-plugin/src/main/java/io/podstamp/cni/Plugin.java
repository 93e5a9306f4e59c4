package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.DECODING_FAILURE;
import static io.podstamp.cni.CniErrorCode.INTERNAL;
import static io.podstamp.cni.CniErrorCode.IO_FAILURE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/// The plugin as a function of its environment and stdin, so that tests can call it in-process.
///
///     environment, stdin ─► parse ─► ask the agent ─► print its answer as it came
///                             │            └─ away ─► [Fallback]: the policy's answer
///                             └─ wrong ─► the error object
///
/// Stdout gets one JSON object or nothing, never a stack trace; stderr gets one line about anything
/// that did not go as it should.
public final class Plugin {
  /// How long the agent may take: kubelet gives a Pod's sandbox two minutes, and ADD must leave
  /// most of them to the other plugins.
  public static final Duration DEADLINE = Duration.ofSeconds(5);

  /// Beyond this, stdin is no network configuration; the request could not be sent either.
  private static final int MAX_STDIN = Codec.MAX_MESSAGE;

  private final Map<String, String> environment;
  private final Duration deadline;
  private final OutputStream stderr;
  private byte[] stdin = new byte[0];

  private Plugin(Map<String, String> environment, OutputStream stderr, Duration deadline) {
    this.environment = environment;
    this.stderr = stderr;
    this.deadline = deadline;
  }

  /// Serves one call of a runtime.
  ///
  /// @param deadline for the agent, from the connect to the last byte of its answer
  /// @return the exit code
  public static int run(
      Map<String, String> environment,
      InputStream stdin,
      OutputStream stdout,
      OutputStream stderr,
      Duration deadline) {
    Plugin plugin = new Plugin(environment, stderr, deadline);
    Reply reply = plugin.answer(stdin);
    try {
      stdout.write(reply.stdout());
      stdout.flush();
      return reply.exitCode();
    } catch (IOException e) {
      plugin.say("stdout: " + e + "; maybe the runtime has given up on this call");
      return 1;
    }
  }

  private Reply answer(InputStream in) {
    try {
      if (verb().equals("VERSION")) {
        return Reply.success(CniVersion.answer());
      }
      if (!verb().isEmpty()) { // else somebody tries it out in a terminal, who gives no stdin
        stdin = read(in);
      }
      Invocation invocation = Invocation.parse(environment);
      NetConf conf = NetConf.parse(stdin);
      conf.requireHas(invocation.command());
      return ask(invocation, conf);
    } catch (CniException e) {
      return refuse(e);
    } catch (Throwable t) { // a mistake of ours must not reach stdout as a stack trace
      return refuse(
          new CniException(INTERNAL, "podstamp's plugin failed", t + "; please report it", t));
    }
  }

  private Reply ask(Invocation invocation, NetConf conf) throws CniException {
    if (invocation instanceof Invocation.Add add && !add.args().isPod()) {
      return conf.passThrough();
    }
    Relay.Outcome outcome = Relay.ask(conf.socket(), Request.from(environment, stdin), deadline);
    if (outcome instanceof Relay.Outcome.Answered answered) {
      return answered.reply();
    }
    String why = ((Relay.Outcome.Away) outcome).why();
    Reply reply = Fallback.answer(invocation, conf, why);
    say("answered without the agent: " + why);
    return reply;
  }

  private Reply refuse(CniException e) {
    say(e.sentence());
    for (Command known : Command.values()) {
      if (known.name().equals(verb()) && !known.failsOn(e.code())) {
        return Reply.silence();
      }
    }
    return e.reply(NetConf.versionOf(stdin));
  }

  private String verb() {
    return environment.getOrDefault("CNI_COMMAND", "");
  }

  private static byte[] read(InputStream in) throws CniException {
    byte[] bytes;
    try {
      bytes = in.readNBytes(MAX_STDIN + 1);
    } catch (IOException e) {
      throw new CniException(IO_FAILURE, "stdin: " + e.getMessage(), "", e);
    }
    if (bytes.length > MAX_STDIN) {
      throw new CniException(
          DECODING_FAILURE,
          "network configuration: larger than " + MAX_STDIN + " bytes (expected: some kilobytes)");
    }
    return bytes;
  }

  /// One line on stderr. Whatever the text quotes, it stays one line.
  private void say(String text) {
    StringBuilder line = new StringBuilder("podstamp: ");
    line.append(verb()).append(' ');
    line.append(environment.getOrDefault("CNI_CONTAINERID", "")).append(": ").append(text);
    for (int i = 0; i < line.length(); i++) {
      if (Character.isISOControl(line.charAt(i))) {
        line.setCharAt(i, ' ');
      }
    }
    try {
      stderr.write(line.append('\n').toString().getBytes(UTF_8));
      stderr.flush();
    } catch (IOException e) {
      // Nobody reads it; the answer matters more.
    }
  }
}
