package io.podstamp.cli;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.cli.Terminal.Tone;
import io.podstamp.config.Labels;
import io.podstamp.doctor.AgentCheck;
import io.podstamp.doctor.ApiCheck;
import io.podstamp.doctor.Check;
import io.podstamp.doctor.Finding;
import io.podstamp.doctor.Finding.Level;
import io.podstamp.doctor.KernelCheck;
import io.podstamp.doctor.NetworkCheck;
import io.podstamp.doctor.TrialProcess;
import io.podstamp.kubernetes.KubernetesClients;
import io.podstamp.kubernetes.KubernetesProbe;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// `podstamp doctor`: whether this Node has what podstamp needs, and what to do about it. Works
/// with an agent and without; changes nothing. The exit status is 1 if anything fails.
@Command(
    name = "doctor",
    description = "Looks whether this node has what podstamp needs; exit status 1 if not.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final int WIDEST_NAME = 18;

  @Mixin private AgentClient agent;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = Defaults.METRICS,
      description = "Where an agent's metrics are (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress metrics;

  @Option(
      names = "--socket",
      paramLabel = "P",
      defaultValue = Defaults.SOCKET,
      description = "Where the CNI plugin finds the agent (default: ${DEFAULT-VALUE}).")
  private Path socket;

  @Option(
      names = "--cni-conf-dir",
      paramLabel = "D",
      description = "Where the runtime finds its network.")
  private @Nullable Path confDir;

  @Option(
      names = "--cni-bin-dir",
      paramLabel = "D",
      description = "Where the runtime looks for CNI plugins.")
  private @Nullable Path binDir;

  @Option(
      names = "--kubeconfig",
      paramLabel = "F|in-cluster",
      description = "How to reach the API server (default: in-cluster, in a Pod).")
  private @Nullable String kubeconfig;

  @Option(
      names = "--node-name",
      paramLabel = "N",
      description = "This node, as the API server names it.")
  private @Nullable String nodeName;

  @Option(
      names = "--output",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "table")
  private OutputFormat output;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  DoctorCommand() {}

  @Override
  public Integer call() {
    List<Finding> findings = look();
    switch (output) {
      case json -> spec.commandLine().getOut().println(json(findings));
      case table -> print(findings, Terminal.here());
    }
    return findings.stream().anyMatch(finding -> finding.level() == Level.FAIL) ? 1 : 0;
  }

  private List<Finding> look() {
    try (KubernetesClient client = client()) {
      return Check.all(
          List.of(
              new KernelCheck(new TrialProcess(Podstamp.class.getName(), TrialCommand.NAME)),
              new NetworkCheck(confDir, binDir, Path.of("/sys/fs/bpf")),
              new ApiCheck(client == null ? null : new KubernetesProbe(client), nodeName),
              new AgentCheck(() -> agent.get("/process"), agent.address(), metrics, socket)));
    }
  }

  private @Nullable KubernetesClient client() {
    if (kubeconfig != null) {
      return KubernetesClients.open(kubeconfig);
    }
    return Files.isReadable(Path.of(Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH))
        ? KubernetesClients.open(KubernetesClients.IN_CLUSTER)
        : null;
  }

  private static String json(List<Finding> findings) {
    return JsonMapper.builder()
        .build()
        .writeValueAsString(findings.stream().map(Line::of).toList());
  }

  /// As JSON has it; the names are a contract.
  record Line(String check, String level, String sentence, @Nullable String fix) {
    static Line of(Finding finding) {
      return new Line(
          finding.check(), Labels.of(finding.level()), finding.sentence(), finding.fix());
    }
  }

  private void print(List<Finding> findings, Terminal terminal) {
    for (Finding finding : findings) {
      Tone tone =
          switch (finding.level()) {
            case OK -> Tone.GOOD;
            case WARN -> Tone.WARNING;
            case FAIL -> Tone.BAD;
          };
      String level = Labels.of(finding.level());
      spec.commandLine()
          .getOut()
          .println(
              terminal.paint(tone, String.format("%-4s", level))
                  + String.format("  %-" + WIDEST_NAME + "s  ", finding.check())
                  + Terminal.plain(finding.sentence()).replace('\n', ' ')
                  + (finding.fix() == null
                      ? ""
                      : "\n" + " ".repeat(WIDEST_NAME + 8) + "→ " + finding.fix()));
    }
    long failed = findings.stream().filter(finding -> finding.level() == Level.FAIL).count();
    long warned = findings.stream().filter(finding -> finding.level() == Level.WARN).count();
    spec.commandLine()
        .getOut()
        .println(findings.size() + " looked at, " + failed + " failed, " + warned + " to be known");
  }
}
