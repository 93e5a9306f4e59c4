package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// podstamp's agent, as a DaemonSet would run it on the Node: the real executable with the flags of
/// the contract. It may be killed and started again.
public final class AgentProcess implements AutoCloseable {
  /// Where the plugin finds it.
  public static final Path SOCKET = AgentSeat.FIRST.socket();

  /// What outlives the agent.
  static final Path STATE = AgentSeat.FIRST.state();

  /// The namespaces that the plugin lets wait while there is no agent.
  static final Path STRICT_NAMESPACES = STATE.resolve("strict-namespaces");

  /// How long it lets connections finish when it leaves.
  static final Duration DRAIN = Duration.ofSeconds(10);

  /// The system property `podstamp.lab.config` is one more line of YAML for every agent: with
  /// `connect: early` the tests show what a kernel without queues makes of them.
  private static final String CONFIG =
      """
      ports: [%d, %d]
      %s
      """
          .formatted(Gateway.PORT, EchoServer.PORT, System.getProperty("podstamp.lab.config", ""));

  /// How long it may take until it has no connection to the API server but those of its watches:
  /// the JDK's client keeps one for 30 s after its last use, and every 35 s the agent asks whether
  /// the API server answers, which may have been just before those had passed.
  static final Duration CONNECTIONS_IDLE = Duration.ofSeconds(80);

  private static final String CAPABILITIES = "-all,+net_admin,+sys_admin";

  private static final JsonMapper JSON = JsonMapper.shared();

  private final AgentSeat seat;
  private List<String> command;
  private final Path config;
  private final Path log;
  private Daemon daemon;

  private AgentProcess(AgentSeat seat, List<String> command, Path config, Path log) {
    this.seat = seat;
    this.command = command;
    this.config = config;
    this.log = log;
    this.daemon = launch();
  }

  /// Starts the agent and waits until it is ready.
  ///
  /// @param podstamp the folder that `scripts/build.sh` makes
  /// @param seat what it calls its own on the Node
  /// @param more YAML behind the lab's config file
  /// @param arguments further ones of the agent
  public static AgentProcess start(
      Path podstamp,
      ApiServer api,
      Path folder,
      AgentSeat seat,
      String more,
      List<String> arguments) {
    Path config = folder.resolve(seat.node() + ".yaml");
    try {
      Files.writeString(config, CONFIG + more + "\n");
      Files.createDirectories(seat.socket().getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                podstamp.resolve("bin/podstamp").toString(),
                "agent",
                "--config=" + config,
                "--kubeconfig=" + api.writeKubeconfig(folder.resolve("kubeconfig")),
                "--node-name=" + seat.node(),
                "--socket=" + seat.socket(),
                "--state-dir=" + seat.state(),
                "--netns-dir=" + Netns.FOLDER,
                "--drain=" + DRAIN.toSeconds(),
                "--admin=" + seat.admin(),
                "--metrics=" + seat.metrics()));
    command.addAll(arguments);
    return new AgentProcess(
        seat, List.copyOf(command), config, folder.resolve("agent-" + seat.node() + ".log"));
  }

  /// Another version of the agent beside this one: it reads another config file, so its rules read
  /// differently, and it starts and waits.
  ///
  /// @param more YAML, as in [#configure]
  public Newcomer startBeside(String more) {
    Path itsConfig = config.resolveSibling("podstamp-next.yaml");
    Path ready = STATE.resolve("ready-" + System.nanoTime());
    List<String> next = new ArrayList<>(command);
    write(itsConfig, more);
    next.replaceAll(
        argument -> argument.equals("--config=" + config) ? "--config=" + itsConfig : argument);
    next.add("--ready-file=" + ready);
    return new Newcomer(
        Daemon.start("agent", contained(next), log).await(() -> says(ready, "standby")), ready);
  }

  /// One that was started beside another.
  ///
  /// @param readyFile what a probe would read
  public record Newcomer(Daemon daemon, Path readyFile) {
    /// The word that tells how far it is.
    public String readiness() {
      try {
        return Files.readString(readyFile).strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// The newcomer takes over.
  ///
  /// @return the one that leaves
  public Daemon giveWayTo(Newcomer newcomer) {
    Daemon before = daemon;
    daemon = newcomer.daemon();
    before.signal("TERM");
    daemon.await(() -> newcomer.readiness().equals("serving"));
    return before;
  }

  private Daemon launch() {
    return Daemon.start("agent", contained(command), log).await(this::isReady);
  }

  /// `kill -9`: no chance to say goodbye.
  public void kill() {
    daemon.kill();
  }

  /// Sends a signal by its name, such as `STOP`.
  public void signal(String name) {
    daemon.signal(name);
  }

  /// Starts it again, and does not wait for it.
  public void restartUnwatched() {
    daemon.close();
    daemon = Daemon.start("agent", contained(command), log);
  }

  /// Whether it says that it is ready.
  public boolean isReady() {
    return Run.of(List.of("curl", "-sf", "http://" + seat.admin() + "/readyz")).isOk();
  }

  /// Starts it again, with the state that the last one left.
  public void restart() {
    daemon.close();
    daemon = launch();
  }

  /// A rolling update: a second agent starts and waits, the first is told to leave, the second
  /// takes over.
  ///
  /// @return the one that leaves; it ends when its connections have
  public Daemon handOver() {
    Path ready = seat.state().resolve("ready-" + System.nanoTime());
    List<String> next = new ArrayList<>(command);
    next.add("--ready-file=" + ready);
    Daemon before = daemon;
    daemon = Daemon.start("agent", contained(next), log).await(() -> says(ready, "standby"));
    before.signal("TERM");
    daemon.await(() -> says(ready, "serving"));
    return before;
  }

  /// The same to another build, whose agents follow from then on.
  ///
  /// @param podstamp the folder that its `scripts/build.sh` made
  public Daemon handOver(Path podstamp) {
    List<String> next = new ArrayList<>(command);
    next.set(0, podstamp.resolve("bin/podstamp").toString());
    command = List.copyOf(next);
    return handOver();
  }

  private static boolean says(Path ready, String word) {
    try {
      return Files.exists(ready) && Files.readString(ready).strip().equals(word);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Lets it have so many file descriptors and no more, until the next call.
  public void limitDescriptors(int most) {
    Run.ok("prlimit", "--pid", String.valueOf(daemon.pid()), "--nofile=" + most + ":");
  }

  public long pid() {
    return daemon.pid();
  }

  public ProcessFacts facts() {
    return new ProcessFacts(daemon.pid());
  }

  /// The JDK opens four epoll descriptors when the first virtual thread has to wait for a socket:
  /// at once, or after an hour. Who counts descriptors has one wait before: for a CNI request that
  /// does not come, until the agent closes the connection.
  public void openPollers() {
    try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(seat.socket()))) {
      int read = silent.read(ByteBuffer.allocate(1));
      if (read >= 0) {
        throw new IllegalStateException("the agent answers what it was not asked");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What it says of a Pod on its status page.
  ///
  /// @throws IllegalStateException if it does not know the Pod
  public JsonNode status(LabPod pod) {
    return statuses().stream()
        .filter(status -> status.get("containerId").asString().equals(pod.sandbox().containerId()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(pod.name() + ": unknown to the agent"));
  }

  /// What it says of all Pods.
  public List<JsonNode> statuses() {
    return JSON
        .readTree(Run.ok("curl", "-sf", "http://" + seat.admin() + "/pods"))
        .values()
        .stream()
        .toList();
  }

  /// What `podstamp explain` says of a Pod.
  public String explain(LabPod pod) {
    return explain(pod.namespace() + "/" + pod.name());
  }

  /// The same of a Pod that the lab does not run.
  public String explain(String pod) {
    Run run = podstamp("explain", pod); // its status tells the verdict
    return run.out().isEmpty() ? run.orThrow().out() : run.out();
  }

  /// Runs one of the other sub-commands on the Node.
  public Run podstamp(String... arguments) {
    List<String> line = new ArrayList<>(List.of(command.getFirst()));
    line.addAll(List.of(arguments));
    return Run.of(line);
  }

  /// The same with an agent's capabilities.
  public Run podstampAsInContainer(String... arguments) {
    List<String> line = new ArrayList<>(List.of(command.getFirst()));
    line.addAll(List.of(arguments));
    return Run.of(contained(line));
  }

  /// Runs with the capabilities that the DaemonSet gives an agent, and no others.
  private static List<String> contained(List<String> command) {
    List<String> line =
        new ArrayList<>(
            List.of("setpriv", "--inh-caps=" + CAPABILITIES, "--bounding-set=" + CAPABILITIES));
    line.addAll(command);
    return line;
  }

  /// What a path of its admin port answers.
  public JsonNode page(String path) {
    return JSON.readTree(Run.ok("curl", "-sf", "http://" + seat.admin() + path));
  }

  /// Adds a line to the lab's config file, which the agent reads again within seconds.
  ///
  /// @param more YAML; empty for the config file as it was
  public void configure(String more) {
    write(config, more);
  }

  private static void write(Path config, String more) {
    try {
      Files.writeString(config, CONFIG + more + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The text of its metrics page.
  public String metrics() {
    return Run.ok("curl", "-sf", "http://" + seat.metrics() + "/metrics");
  }

  /// A number of its metrics page that has no labels.
  public double metric(String name) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + ": not among the agent's metrics"));
  }

  public String logText() {
    return daemon.logText();
  }

  @Override
  public void close() {
    daemon.close();
  }
}
