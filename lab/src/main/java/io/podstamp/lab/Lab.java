package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// Everything together: the Node, the world outside, the API server, and podstamp if it is asked
/// for. Parts are closed in reverse order.
public final class Lab implements AutoCloseable {
  /// Where everything of the lab is written: on a file system of its own, see `in-own-node.sh`.
  public static final Path FOLDER = Path.of("/run/podstamp-lab");

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<LabPod> pods = new CopyOnWriteArrayList<>();
  private final Node node;
  private final Gateway gateway;
  private final EchoServer echo;
  private final ApiServer api;
  private final Kubelet kubelet;
  private final @Nullable AgentProcess agent;

  private Lab(@Nullable Path podstamp, List<String> more) {
    Run.ok("rm", "-rf", FOLDER.toString()); // an earlier lab's logs
    try {
      Files.createDirectories(FOLDER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      node = open(Node.up());
      gateway = open(Gateway.start(node, FOLDER));
      echo = open(EchoServer.in(node.outside(), FOLDER));
      open(EchoServer.onNode(FOLDER));
      api = open(ApiServer.start());
      CniRuntime cni = CniRuntime.bridge(FOLDER);
      if (podstamp == null) {
        agent = null;
        kubelet = new Kubelet(cni, api);
      } else {
        agent = open(AgentProcess.start(podstamp, api, FOLDER, AgentSeat.FIRST, "", more));
        kubelet = new Kubelet(cni.withPodstamp(podstamp.resolve("cni"), AgentProcess.SOCKET), api);
      }
    } catch (Throwable cause) {
      try {
        close();
      } catch (RuntimeException trouble) {
        cause.addSuppressed(trouble);
      }
      throw cause;
    }
  }

  /// A Node without podstamp.
  public static Lab bare() {
    return new Lab(null, List.of());
  }

  /// A Node with podstamp's agent and plugin.
  ///
  /// @param podstamp the folder that `scripts/build.sh` makes
  /// @param more arguments of the agent
  public static Lab withPodstamp(Path podstamp, String... more) {
    if (!Files.isExecutable(podstamp.resolve("bin/podstamp"))) {
      throw new IllegalStateException(
          podstamp.toAbsolutePath() + ": no podstamp (expected: run scripts/build.sh first)");
    }
    return new Lab(podstamp.toAbsolutePath().normalize(), List.of(more));
  }

  private <T extends AutoCloseable> T open(T part) {
    parts.push(part);
    return part;
  }

  public Node node() {
    return node;
  }

  public Gateway gateway() {
    return gateway;
  }

  /// The echo server outside.
  public EchoServer echo() {
    return echo;
  }

  public ApiServer api() {
    return api;
  }

  /// The agent.
  ///
  /// @throws IllegalStateException in a lab without podstamp
  public AgentProcess agent() {
    if (agent == null) {
      throw new IllegalStateException("agent: this lab has none (expected: Lab.withPodstamp)");
    }
    return agent;
  }

  public LabPod runPod(String namespace, String name) {
    return runPod(namespace, name, Map.of(), List.of());
  }

  /// Runs a Pod; it is deleted with the lab if not before.
  public LabPod runPod(
      String namespace,
      String name,
      Map<String, String> annotations,
      List<Kubelet.PortMapping> ports) {
    LabPod pod = kubelet.run(namespace, name, annotations, ports);
    pods.add(pod);
    return pod;
  }

  /// Runs a Pod with an IPv4 address that has to be free.
  public LabPod runPodAt(String ip, String namespace, String name) {
    LabPod pod = kubelet.runAt(ip, namespace, name);
    pods.add(pod);
    return pod;
  }

  /// The Pod's netns is deleted underneath, and CNI is not told.
  public void losePod(LabPod pod) {
    kubelet.lose(pod);
    pods.remove(pod);
  }

  /// Ends a Pod; the API server keeps telling of it until [#forgetPod].
  public void stopPod(LabPod pod) {
    kubelet.stop(pod);
    pods.remove(pod);
  }

  /// The object of a stopped Pod goes too.
  public void forgetPod(LabPod pod) {
    api.deletePod(pod.namespace(), pod.name());
  }

  public void deletePod(LabPod pod) {
    kubelet.delete(pod);
    pods.remove(pod);
  }

  @Override
  public void close() {
    RuntimeException trouble = null;
    for (LabPod pod : List.copyOf(pods)) {
      trouble = close(() -> deletePod(pod), trouble);
    }
    while (!parts.isEmpty()) {
      trouble = close(parts.pop(), trouble);
    }
    if (trouble != null) {
      throw trouble;
    }
  }

  private static @Nullable RuntimeException close(
      AutoCloseable part, @Nullable RuntimeException before) {
    try {
      part.close();
      return before;
    } catch (Exception e) {
      RuntimeException trouble = new IllegalStateException("lab: " + e.getMessage(), e);
      if (before != null) {
        trouble.addSuppressed(before);
      }
      return trouble;
    }
  }
}
