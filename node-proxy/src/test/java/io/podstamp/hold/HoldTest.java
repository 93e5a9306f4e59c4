package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.capture.TestAgent;
import io.podstamp.identity.PodRecord;
import io.podstamp.lease.LeaseKeeper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What the applications of a captured Pod see whose SYNs are held.
class HoldTest extends HeldPod {
  @Test
  void thisKernel_canHoldSyns() throws Exception {
    capture(TestAgent.ENABLED);
    assertThat(agent.onlyStatus().hold().problem()).isEmpty();
    assertThat(agent.onlyStatus().hold().by()).isNotNull();
  }

  /// One that a container declares is its own, which may bind it on all addresses later.
  @Test
  void listenPort_isNoneThatAContainerDeclares() throws Exception {
    PodRecord known =
        TestAgent.record(
            "web", "a", PodRecord.Life.LIVE, List.of(InetAddress.ofLiteral(POD)), false);
    agent.namespaces.named.put("uid-a", TestAgent.declaring(known, Set.of(15901, 15903)));
    capture(TestAgent.ENABLED);
    assertThat(agent.onlyStatus().port()).isEqualTo(15902);
    try (ServerSocket own = agent.doorway.inside(podNetns, () -> new ServerSocket(15901));
        Echo _ = serve(WORLD)) {
      assertThat(own.isBound()).isTrue();
      assertThat(request(WORLD)).contains("X-Client-Hostname: ");
    }
  }

  @Test
  void connect_serverAnswers_isCapturedAndStamped() throws Exception {
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD);
        Echo _ = serve(WORLD6)) {
      for (String address : List.of(WORLD, WORLD6)) {
        assertThat(request(address)).contains("X-Client-Hostname: ");
      }
    }
    assertThat(count("connected")).isEqualTo(2);
  }

  @Test
  void connect_nobodyListens_isRefused() throws Exception {
    capture(TestAgent.ENABLED);
    for (String address : List.of(WORLD, WORLD6)) {
      assertThatThrownBy(() -> connect(address, 3_000)).hasMessage("Connection refused");
    }
    assertThat(count("refused")).isEqualTo(2);
  }

  @Test
  void connect_networkTellsThatThereIsNoWay_failsTheSameAsWithoutUs() throws Exception {
    world.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    pod.exec("ip", "-6", "route", "add", "default", "via", WORLD6);
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook forward priority 0; };"
            + " add rule inet f c ip daddr 10.78.0.1 reject with icmp type host-unreachable;"
            + " add rule inet f c ip daddr 10.78.0.2 reject with icmp type net-unreachable;"
            + " add rule inet f c ip daddr 10.78.0.3 reject with icmp type admin-prohibited;"
            + " add rule inet f c ip daddr 10.78.0.4 reject with tcp reset;"
            + " add rule inet f c ip6 daddr fd78::1 reject with icmpv6 type addr-unreachable;"
            + " add rule inet f c ip6 daddr fd78::2 reject with icmpv6 type no-route;"
            + " add rule inet f c ip6 daddr fd78::3 reject with icmpv6 type admin-prohibited");
    world.exec("ip", "route", "add", "10.78.0.0/24", "dev", "lo");
    world.exec("ip", "route", "add", "fd78::/64", "dev", "lo");
    List<String> addresses =
        List.of(
            "10.78.0.1", "10.78.0.2", "10.78.0.3", "10.78.0.4", "fd78::1", "fd78::2", "fd78::3");
    List<String> direct = addresses.stream().map(this::failure).toList();
    assertThat(direct).doesNotContain("connected", "Connect timed out");
    capture(TestAgent.ENABLED);
    assertThat(addresses.stream().map(this::failure).toList()).isEqualTo(direct);
    assertThat(counts()).isEqualTo(Map.of("unreachable", 6L, "refused", 1L));
  }

  @Test
  void connect_applicationGivesUp_itsDialIsCancelled() throws Exception {
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook input priority 0; };"
            + " add rule inet f c tcp dport 80 drop");
    capture(TestAgent.ENABLED);
    assertThatThrownBy(() -> connect(WORLD, 300)).hasMessage("Connect timed out");
    await(() -> count("given_up") == 1);
    assertThat(pod.exec("ss", "-Htan", "state", "syn-sent")).isEmpty();
  }

  @Test
  void connect_serverComesAliveWhileHeld_succeeds() throws Exception {
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook input priority 0; };"
            + " add rule inet f c tcp dport 80 drop");
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD)) {
      Future<String> answer =
          opened(Executors.newSingleThreadExecutor()).submit(() -> request(WORLD));
      await(() -> !pod.exec("ss", "-Htan", "state", "syn-sent").isEmpty());
      world.exec("nft", "delete table inet f");
      assertThat(answer.get(10, TimeUnit.SECONDS)).contains("X-Client-Hostname: ");
    }
  }

  /// By its kernel, before anybody here can look: connect() succeeds as it does without us, and the
  /// connection is captured.
  @Test
  void connect_serverResetsAtOnce_isCaptured() throws Exception {
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook input priority 0; };"
            + " add rule inet f c tcp dport 80 tcp flags & (syn | ack) == ack reject with tcp reset");
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD)) {
      assertThatThrownBy(() -> request(WORLD)).hasMessageStartingWith("Connection reset");
    }
    assertThat(counts()).isEqualTo(Map.of("connected", 1L));
  }

  @Test
  void connect_serverSpeaksFirstAndLeaves_itsWordsArrive() throws Exception {
    capture(TestAgent.ENABLED);
    try (ServerSocket server = listen(WORLD)) {
      Future<Void> spoke =
          opened(Executors.newSingleThreadExecutor())
              .submit(
                  () -> {
                    for (int i = 0; i < 50; i++) {
                      try (Socket accepted = server.accept()) {
                        accepted
                            .getOutputStream()
                            .write("hello\n".getBytes(StandardCharsets.US_ASCII));
                      }
                    }
                    return null;
                  });
      for (int i = 0; i < 50; i++) {
        try (Socket socket = connect(WORLD, 3_000)) {
          socket.shutdownOutput(); // as nc -N with nothing on its standard input
          assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("hello\n");
        }
      }
      spoke.get(10, TimeUnit.SECONDS);
    }
  }

  /// A Pod with nat and marks of its own: a SYN that is let past goes through them as if nobody had
  /// held it, and with its own mark.
  @Test
  void connect_letPast_meetsThePodsOwnRules() throws Exception {
    pod.exec(
        "nft",
        "add table ip own; add chain ip own r { type route hook output priority -150; };"
            + " add rule ip own r ip daddr 10.99.0.1 meta mark set 0x7;"
            + " add chain ip own n { type nat hook output priority -50; };"
            + " add rule ip own n ip daddr 10.99.0.1 tcp dport 80 dnat to "
            + WORLD
            + "; add chain ip own m { type filter hook output priority 10; };"
            + " add rule ip own m meta mark 0x7 tcp flags & (syn|ack) == syn counter");
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD)) {
      assertThat(curl("10.99.0.1")).contains("GET / ").doesNotContain("X-Client-Hostname");
    }
    assertThat(count("direct")).isEqualTo(1);
    assertThat(pod.exec("nft", "list", "chain", "ip", "own", "m")).contains("packets 1 ");
  }

  @Test
  void connect_boundToDevice_goesDirectAtOnce() throws Exception {
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD);
        Echo _ = serve(WORLD6)) {
      for (String address : List.of(WORLD, "[" + WORLD6 + "]")) {
        assertThat(curl(address)).contains("GET / ").doesNotContain("X-Client-Hostname");
      }
    }
    assertThat(count("direct")).isEqualTo(2);
  }

  /// From a socket that is bound to a device.
  private String curl(String address) throws IOException {
    return pod.exec("curl", "-sS", "-m", "3", "--interface", "eth0", "http://" + address + "/");
  }

  /// The agent tells all. Of 400 at once, one in some thousand finds `POLLERR` with an `SO_ERROR`
  /// of 0, which the JDK takes for success (docs/what-applications-see.md): the kernel's doing, and
  /// not seen without podstamp.
  @Test
  void connect_manyUnreachableAtOnce_allAreTold() throws Exception {
    haveWorldTellThatNothingIsReachable();
    capture(TestAgent.ENABLED);
    int many = 400;
    List<Future<String>> all = new ArrayList<>();
    ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
    for (int i = 0; i < many; i++) {
      String address = "10.78." + i / 200 + "." + (1 + i % 200);
      all.add(threads.submit(() -> failure(address)));
    }
    int told = 0;
    for (Future<String> each : all) {
      String failure = each.get(30, TimeUnit.SECONDS);
      assertThat(failure).isIn("No route to host", "connected");
      told += failure.equals("connected") ? 0 : 1;
    }
    assertThat(told).isGreaterThanOrEqualTo(many * 99 / 100);
    assertThat(count("connected")).isZero();
    assertThat(count("unreachable")).isGreaterThanOrEqualTo(many);
  }

  /// The third packet of a handshake is answered with a reset by Linux 6.18 if the first data
  /// overtakes it on another CPU: with Fast Open there is nothing to overtake.
  @Test
  void heldSyn_makesTheConnectionAtOnce() throws Exception {
    capture(TestAgent.ENABLED);
    long before = kernelCounts("TcpExtTCPFastOpenPassive");
    try (Echo _ = serve(WORLD);
        Echo _ = serve(WORLD6)) {
      for (String address : List.of(WORLD, WORLD6)) {
        assertThat(request(address)).contains("X-Client-Hostname: ");
      }
    }
    assertThat(kernelCounts("TcpExtTCPFastOpenPassive") - before)
        .isBetween(2L, 3L); // a probe may have come too
    assertThat(kernelCounts("TcpInCsumErrors")).isZero();
    assertThat(kernelCounts("TcpExtTCPFastOpenPassiveFail")).isZero();
  }

  private long kernelCounts(String name) throws IOException {
    return pod.exec("nstat", "-asz", name)
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.split(" +", -1)[1]))
        .sum();
  }

  @Test
  void capture_leavesTheBacklogOfThePodsListenersAsItIs() throws Exception {
    pod.exec("sysctl", "-qw", "net.core.somaxconn=16");
    capture(TestAgent.ENABLED);
    assertThat(pod.exec("sysctl", "-n", "net.core.somaxconn").strip()).isEqualTo("16");
    assertThat(pod.exec("ss", "-Htln", "sport", "=", "15901")).contains(" 4096 ");
  }

  @Test
  void connectAnnotation_takesEffectForNewConnections() throws Exception {
    capture(TestAgent.ENABLED);
    assertThat(failure(WORLD)).isEqualTo("Connection refused");
    for (boolean early : List.of(true, false)) {
      agent.namespaces.annotations.put(
          "web",
          Map.of("podstamp.io/enabled", "true", "podstamp.io/connect", early ? "early" : "true"));
      agent.reconciler.reconcile(_ -> true);
      await(() -> failure(WORLD).equals("Connection refused") != early);
      await(() -> agent.onlyStatus().hold().mode().equals("early") == early);
    }
  }

  /// Each answer proves its own: what a connection asked comes back on it, stamped.
  @Test
  void manyShortConnections_eachHasItsOwnServer() throws Exception {
    capture(TestAgent.ENABLED);
    int workers = 16;
    int each = Integer.getInteger("podstamp.connections", 8_000) / workers;
    try (ShortAnswers _ = new ShortAnswers(listen(WORLD))) {
      ExecutorService threads = opened(Executors.newFixedThreadPool(workers));
      List<Future<List<String>>> all = new ArrayList<>();
      ScheduledExecutorService keeper = opened(Executors.newSingleThreadScheduledExecutor());
      keeper.scheduleAtFixedRate(
          () -> agent.reconciler.renewLeases(LeaseKeeper.LASTING), 5, 5, TimeUnit.SECONDS);
      for (int worker = 0; worker < workers; worker++) {
        String name = "w" + worker;
        all.add(threads.submit(() -> wrongAnswers(name, each)));
      }
      for (Future<List<String>> one : all) {
        assertThat(one.get()).isEmpty();
      }
    }
    assertThat(count("connected")).isEqualTo((long) workers * each);
  }

  private List<String> wrongAnswers(String name, int connections) {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      String token = name + "-" + i;
      try (Socket socket = agent.doorway.inside(podNetns, HoldTest::made)) {
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(WORLD), 80), 20_000);
        socket.setSoTimeout(20_000);
        socket
            .getOutputStream()
            .write(
                ("GET /" + token + " HTTP/1.1\r\nHost: a\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (!answer.contains("GET /" + token + " ") || !answer.contains("X-Client-Hostname: ")) {
          wrong.add(token + " was answered: " + answer);
        }
      } catch (IOException e) {
        wrong.add(token + ": " + e);
      }
    }
    return wrong;
  }

  /// Answers a request with its own head, at once.
  private record ShortAnswers(ServerSocket server) implements AutoCloseable {
    ShortAnswers {
      Thread.ofVirtual().start(() -> serve(server));
    }

    private static void serve(ServerSocket server) {
      while (!server.isClosed()) {
        try {
          Socket accepted = server.accept();
          Thread.ofVirtual().start(() -> answer(accepted));
        } catch (IOException e) {
          // The end.
        }
      }
    }

    private static void answer(Socket accepted) {
      try (accepted) {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          int next = accepted.getInputStream().read();
          if (next < 0) {
            return;
          }
          head.append((char) next);
        }
        accepted
            .getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head)
                    .getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // The application tells.
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
