package io.podstamp.lab.bench;

import io.podstamp.lab.AgentProcess;
import io.podstamp.lab.AgentSeat;
import io.podstamp.lab.CniRuntime;
import io.podstamp.lab.Kubelet;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// An agent of a workload's own beside the arena's, on a Node of its own, with its Pods.
final class ExtraAgent implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path RUN = Path.of("/run/podstamp");

  /// Above those of [AgentSeat].
  private static final int FIRST_PORT = 15931;

  private final AgentProcess agent;
  private final AgentSeat seat;
  private final Kubelet kubelet;
  private final List<LabPod> pods = new ArrayList<>();

  private ExtraAgent(AgentProcess agent, AgentSeat seat, Kubelet kubelet) {
    this.agent = agent;
    this.seat = seat;
    this.kubelet = kubelet;
  }

  /// Starts it.
  ///
  /// @param podstamp the folder that it runs from; the plugin is the arena's
  /// @param number tells it from others that run at the same time
  /// @param more YAML behind the lab's config file
  static ExtraAgent start(
      Arena arena, Path podstamp, int number, String more, List<String> arguments) {
    String node = "extra-" + number;
    int admin = FIRST_PORT + 2 * number;
    AgentSeat seat =
        new AgentSeat(
            node,
            RUN.resolve(node + ".sock"),
            RUN.resolve(node + "-state"),
            "127.0.0.1:" + admin,
            "127.0.0.1:" + (admin + 1));
    Run.ok("rm", "-rf", seat.state().toString()); // an earlier one's Pods
    AgentProcess agent =
        AgentProcess.start(podstamp, arena.lab().api(), Lab.FOLDER, seat, more, arguments);
    CniRuntime cni =
        CniRuntime.bridge(Lab.FOLDER).withPodstamp(arena.podstamp().resolve("cni"), seat.socket());
    return new ExtraAgent(agent, seat, new Kubelet(cni, arena.lab().api(), node));
  }

  /// Runs a captured Pod, which ends with the agent.
  LabPod runPod(String name) {
    LabPod pod = kubelet.run(Arena.STAMPED, name);
    pods.add(pod);
    Arena.tune(List.of("nsenter", "--net=" + pod.netns().path(), "--"));
    return pod;
  }

  /// What such a Pod calls; waits until it arrives with its stamp.
  static String urlOf(LabPod pod) {
    String url = BenchServer.url(pod.name() + "/" + pod.ip(), "small");
    if (!Wait.until(PATIENCE, () -> pod.curlRun("-f", url).isOk())) {
      throw new IllegalStateException(pod.name() + ": " + pod.curl("-i", url));
    }
    return url;
  }

  AgentProcess agent() {
    return agent;
  }

  /// Where it tells its metrics.
  String metricsUrl() {
    return "http://" + seat.metrics() + "/metrics";
  }

  ProxyProcesses processes() {
    return ProxyProcesses.below(agent.facts().pid());
  }

  @Override
  public void close() {
    agent.kill();
    pods.forEach(kubelet::lose);
  }
}
