package io.podstamp.doctor;

import io.netty.util.NetUtil;
import io.podstamp.admin.PortHolder;
import io.podstamp.lease.LeaseKeeper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Whether an agent runs here and is well; without one, whether it would find its ports free.
///
/// @param ask its `/process`
public record AgentCheck(
    Asking ask, InetSocketAddress admin, InetSocketAddress metrics, Path socket) implements Check {
  /// A connection takes two descriptors: this many is what 5 000 connections take, doubled.
  private static final long FEW_FILES = 20_000;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// How the agent is asked.
  public interface Asking {
    String process() throws IOException;
  }

  @Override
  public String name() {
    return "agent";
  }

  @Override
  public List<Finding> look() throws IOException {
    JsonNode process;
    try {
      process = JSON.readTree(ask.process());
    } catch (IOException | JacksonException e) {
      return without(String.valueOf(e.getMessage()));
    }
    List<Finding> findings = new ArrayList<>();
    List<String> awaited = process.path("awaited").valueStream().map(JsonNode::asString).toList();
    findings.add(
        awaited.isEmpty()
            ? Finding.ok(
                name(), "answers at " + NetUtil.toSocketAddressString(admin) + ", and is ready")
            : Finding.warn(name(), "awaits " + String.join(", ", awaited), "wait, or see below"));
    JsonNode agent = process.path("agent");
    findings.add(loops(Duration.parse(agent.path("loopSilence").asString("PT0S"))));
    said(
        agent,
        "configProblem",
        "config",
        "correct the config file; the one before is in force",
        findings);
    said(
        agent,
        "chainProblem",
        "chain",
        "give podstamp its place in the network configuration",
        findings);
    said(
        agent,
        "unseenNetns",
        "namespaces",
        "CNI names what the agent cannot open: mount the runtime's folder of namespaces, or give it hostPID",
        findings);
    process
        .path("portProblems")
        .valueStream()
        .map(JsonNode::asString)
        .forEach(
            problem ->
                findings.add(
                    Finding.fail(
                        "port",
                        problem,
                        "free it; the agent serves it then, or give it another one"
                            + " (--admin, --metrics)")));
    findings.add(files(Path.of("/proc/" + process.path("pid").asLong() + "/limits")));
    findings.add(socket(true));
    return findings;
  }

  private static Finding loops(Duration silence) {
    return silence.compareTo(LeaseKeeper.LONGEST_SILENCE) <= 0
        ? Finding.ok("event loops", "every one has given a sign of life lately")
        : Finding.fail(
            "event loops",
            "one has been silent for "
                + silence.toSeconds()
                + " s: leases run out, traffic goes direct",
            "see what the agent's threads do (jstack), then end it: its DaemonSet starts it anew");
  }

  private static void said(
      JsonNode agent, String member, String check, String fix, List<Finding> findings) {
    if (agent.path(member).isString()) {
      findings.add(Finding.warn(check, agent.get(member).asString(), fix));
    }
  }

  private List<Finding> without(String why) throws IOException {
    List<Finding> findings = new ArrayList<>();
    String holder = PortHolder.of(admin.getPort());
    findings.add(
        connect() == null
            ? Finding.fail(
                name(),
                "answers CNI at "
                    + socket
                    + ", but not at "
                    + NetUtil.toSocketAddressString(admin)
                    + (holder == null ? "" : ", which is taken (by " + holder + ")")
                    + ": "
                    + why,
                "free the port; the agent serves it then, or give it another one (--admin)")
            : Finding.warn(
                name(),
                why,
                "start it: without an agent no Pod is captured, and traffic goes direct"));
    for (InetSocketAddress port : List.of(admin, metrics)) {
      findings.add(free(port));
    }
    findings.add(files(Path.of("/proc/self/limits")));
    findings.add(socket(false));
    return findings;
  }

  private static Finding free(InetSocketAddress port) {
    String check = "port " + port.getPort();
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(port);
      return Finding.ok(check, "is free for an agent");
    } catch (IOException e) {
      String holder = PortHolder.of(port.getPort());
      return Finding.fail(
          check,
          holder == null ? "is taken: " + e.getMessage() : "is taken (by " + holder + ")",
          "--admin and --metrics");
    }
  }

  private static Finding files(Path limits) throws IOException {
    String text = Files.isReadable(limits) ? Files.readString(limits) : "";
    Matcher most = Pattern.compile("Max open files\\s+\\S+\\s+(\\S+)").matcher(text);
    if (!most.find()) {
      return Finding.warn(
          "files",
          "how many the agent may open cannot be read here",
          "run it in the agent's container");
    }
    // The JVM raises the soft limit to the hard one.
    long hard = most.group(1).equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(most.group(1));
    return hard >= FEW_FILES
        ? Finding.ok("files", "as many as needed may be open")
        : Finding.warn(
            "files",
            hard + " may be open, which is enough for about " + hard / 2 + " connections",
            "raise the runtime's limit (LimitNOFILE of containerd's unit)");
  }

  /// @param running whether an agent answers elsewhere
  private Finding socket(boolean running) {
    @Nullable String wrong = connect();
    if (wrong == null) {
      return Finding.ok("CNI socket", socket + " is answered");
    }
    return running
        ? Finding.fail("CNI socket", socket + ": " + wrong, "--socket has to be the agent's")
        : Finding.warn("CNI socket", socket + ": " + wrong, "start an agent");
  }

  private @Nullable String connect() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return null;
    } catch (IOException | IllegalArgumentException e) {
      return Files.exists(socket) ? String.valueOf(e.getMessage()) : "not there";
    }
  }
}
