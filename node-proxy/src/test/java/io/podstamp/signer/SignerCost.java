package io.podstamp.signer;

import io.podstamp.config.ConfigFile;
import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.signing.RemoteSigner;
import io.podstamp.signing.TestNode;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a signer costs in a large cluster, each Pod having a token for one audience. By hand, for
/// some minutes: `-Dtest=SignerCost -Dpodstamp.signer.pods=10000`.
class SignerCost {
  private static final int PODS_OF_A_NODE = 100;
  private static final int PODS = Integer.getInteger("podstamp.signer.pods", 10_000);
  private static final Duration MEASURED =
      Duration.ofSeconds(Integer.getInteger("podstamp.signer.seconds", 300));

  /// In which most of what is hot is compiled.
  private static final Duration WARM_UP = MEASURED.dividedBy(2);

  private final TestCluster cluster = new TestCluster();
  private final List<TestNode> nodes = new ArrayList<>();
  private int port;
  @TempDir private Path home;

  @Test
  void processorTimeOfASigner() throws Exception {
    TestCertificate.write(home.resolve("tls"), "IP:127.0.0.1");
    Path config = home.resolve("config.yaml");
    Files.writeString(
        config,
        "identity: {issuer: me, signer: {url: https://s}, rules: [{destinations: [192.0.2.1],"
            + " ports: [80], audience: orders}]}");
    TokenSettings settings = ConfigFile.load(config).identity().orElseThrow();
    for (int i = 0; i < PODS / PODS_OF_A_NODE; i++) {
      node("n" + i);
    }
    Process signer = start(config);
    try {
      String line = signer.inputReader().readLine();
      port = Integer.parseInt(line.substring("port ".length()));
      while (signed() < PODS) {
        nodes.forEach(node -> node.look(settings));
        Thread.sleep(1000);
      }
      measure(signer, settings, WARM_UP);
      measure(signer, settings, MEASURED);
    } finally {
      signer.destroyForcibly();
      nodes.forEach(TestNode::close);
      cluster.close();
    }
  }

  private void measure(Process signer, TokenSettings settings, Duration time) throws Exception {
    long requests = requests();
    long tokens = signed();
    Duration before = cpu(signer);
    long begin = System.nanoTime();
    long end = begin + time.toNanos();
    while (System.nanoTime() < end) {
      nodes.forEach(node -> node.look(settings));
      Thread.sleep(1000);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    double used = cpu(signer).minus(before).toMillis() / 1e3;
    System.out.printf(
        "signer: %d Pods, %.0f s: %.2f s of CPU, %.2f %% of a core; %d tokens, %d requests; %s%n",
        PODS,
        seconds,
        used,
        100 * used / seconds,
        signed() - tokens,
        requests() - requests,
        memory(signer));
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }

  private static String memory(Process process) throws Exception {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .findFirst()
        .orElseThrow();
  }

  private Process start(Path config) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-Xms32m",
            "-Xmx192m",
            "-cp",
            System.getProperty("java.class.path"),
            SignerProgram.class.getName(),
            cluster.client().getMasterUrl().toString(),
            home.resolve("tls").toString(),
            config.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private void node(String name) throws Exception {
    Path folder = Files.createDirectories(home.resolve(name));
    Files.writeString(folder.resolve("token"), cluster.agent(name));
    Files.copy(home.resolve("tls/tls.crt"), folder.resolve("ca.crt"));
    TestNode node =
        new TestNode(
            InstantSource.system(),
            () -> new TokenSource.OfSigner(URI.create("https://127.0.0.1:" + port + "/"), folder));
    for (int i = 0; i < PODS_OF_A_NODE; i++) {
      String pod = "checkout-6f9d7c5b8-" + i + "-" + name;
      cluster.create(TestCluster.pod("shop", pod, name, "checkout").build());
      node.captured(
          new PodIdentity(
              new PodRef("shop", pod, cluster.uid(pod)),
              List.of(InetAddress.ofLiteral(TestCluster.ip(pod))),
              pod,
              "checkout",
              Map.of(),
              Map.of(),
              null,
              new PodIdentity.Node(name, InetAddress.ofLiteral(TestCluster.ip(name)))));
    }
    nodes.add(node);
  }

  private long signed() {
    return nodes.stream().map(TestNode::counts).mapToLong(RemoteSigner.Counts::signed).sum();
  }

  private long requests() {
    return nodes.stream().map(TestNode::counts).mapToLong(RemoteSigner.Counts::answered).sum();
  }
}
