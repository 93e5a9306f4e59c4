package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.capture.PodState;
import io.podstamp.capture.TestAgent;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.netns.Hold;
import io.podstamp.netns.Netns;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.netns.TestNetns;
import io.podstamp.pod.Attachment;
import io.podstamp.redirect.HoldSupport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A captured Pod whose SYNs are held, a world behind a link, and what its applications see.
class HoldTest {
  private static final String POD = "10.77.0.1";
  private static final String WORLD = "10.77.0.2";
  private static final String POD6 = "fd77::1";
  private static final String WORLD6 = "fd77::2";

  private TestNetns pod;
  private TestNetns world;
  private Netns podNetns;
  private Netns worldNetns;
  private TestAgent agent;
  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir private Path state;

  @BeforeEach
  void connectPodAndWorld() throws IOException {
    pod = new TestNetns();
    world = new TestNetns();
    podNetns = Netns.openPod(pod.path());
    worldNetns = Netns.openPod(world.path());
    pod.exec(
        "ip",
        "link",
        "add",
        "eth0",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        world.path().getFileName().toString());
    pod.exec("ip", "addr", "add", POD + "/24", "dev", "eth0");
    world.exec("ip", "addr", "add", WORLD + "/24", "dev", "eth0");
    pod.exec("ip", "addr", "add", POD6 + "/64", "dev", "eth0", "nodad");
    world.exec("ip", "addr", "add", WORLD6 + "/64", "dev", "eth0", "nodad");
    pod.exec("ip", "link", "set", "eth0", "up");
    world.exec("ip", "link", "set", "eth0", "up");
    pod.exec("ip", "route", "add", "default", "via", WORLD);
    agent = new TestAgent(state);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    agent.close();
    podNetns.close();
    worldNetns.close();
    pod.close();
    world.close();
  }

  private void capture(Map<String, String> annotations) throws Exception {
    agent.namespaces.annotations.put("web", annotations);
    Attachment attachment = TestAgent.attachment("web", "a", pod);
    agent.reconciler.attach(attachment);
    assertThat(agent.onlyStatus().state())
        .as(agent.onlyStatus().reason())
        .isEqualTo(PodState.CAPTURED);
  }

  /// A server that answers with what it was asked.
  private Echo serve(String address) throws IOException {
    return new Echo(listen(address));
  }

  private ServerSocket listen(String address) throws IOException {
    return agent.doorway.inside(
        worldNetns, () -> new ServerSocket(80, 64, InetAddress.ofLiteral(address)));
  }

  private record Echo(ServerSocket server) implements AutoCloseable {
    Echo {
      Thread.ofVirtual().start(() -> serve(server));
    }

    private static void serve(ServerSocket server) {
      while (!server.isClosed()) {
        try (Socket accepted = server.accept()) {
          byte[] head = accepted.getInputStream().readNBytes(1);
          accepted.setSoTimeout(100);
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          all.write(head);
          try {
            accepted.getInputStream().transferTo(all);
          } catch (SocketTimeoutException theEnd) {
            // All of it came at once.
          }
          String answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + all;
          accepted.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
          // The next one, or the end.
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /// Connects from the Pod; waits outside of it.
  private Socket connect(String address, int millis) throws IOException {
    Socket socket = opened(agent.doorway.inside(podNetns, HoldTest::made));
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), 80), millis);
    return socket;
  }

  /// With a descriptor, which a socket has once it is bound.
  private static Socket made() throws IOException {
    Socket socket = new Socket();
    socket.bind(null);
    return socket;
  }

  private String failure(String address) {
    try (Socket _ = connect(address, 5_000)) {
      return "connected";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String request(String address) throws IOException {
    try (Socket socket = connect(address, 10_000)) {
      return ask(socket);
    }
  }

  private static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /// How often it was counted that this became of a held SYN.
  private long count(String outcome) throws IOException {
    return counts().getOrDefault(outcome, 0L);
  }

  private Map<String, Long> counts() throws IOException {
    String page =
        new String(agent.metrics.exposition().page("text/plain").content(), StandardCharsets.UTF_8);
    Matcher lines =
        Pattern.compile("podstamp_syns_held_total\\{outcome=\"(\\w+)\"\\} ([1-9]\\d*)")
            .matcher(page);
    return lines
        .results()
        .collect(
            Collectors.toMap(found -> found.group(1), found -> Long.parseLong(found.group(2))));
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    Instant limit = Instant.now().plusSeconds(60);
    while (!condition.call()) {
      assertThat(Instant.now()).isBefore(limit);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void thisKernel_canHoldSyns() throws Exception {
    capture(TestAgent.ENABLED);
    assertThat(agent.onlyStatus().hold().problem()).isEmpty();
    assertThat(agent.onlyStatus().hold().by()).isNotNull();
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

  @Test
  void connect_manyUnreachableAtOnce_allAreTold() throws Exception {
    world.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
    world.exec("ip", "route", "add", "10.78.0.0/16", "dev", "lo");
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook forward priority 0; };"
            + " add rule inet f c ip daddr 10.78.0.0/16 reject with icmp type host-unreachable");
    // The world's kernel tells all of them at once; the Pod's would tell fifty.
    world.exec(
        "sysctl", "-qw", "net.ipv4.icmp_msgs_per_sec=100000", "net.ipv4.icmp_msgs_burst=1000");
    world.exec("sysctl", "-qw", "net.ipv4.icmp_ratemask=0");
    capture(TestAgent.ENABLED);
    int many = 400;
    List<Future<String>> all = new ArrayList<>();
    ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
    for (int i = 0; i < many; i++) {
      String address = "10.78." + i / 200 + "." + (1 + i % 200);
      all.add(threads.submit(() -> failure(address)));
    }
    for (Future<String> each : all) {
      assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo("No route to host");
    }
  }

  /// The Pod's own rules keep what comes over loopback from the listener.
  @Test
  void connect_listenerCannotBeReached_goesDirect_andIsSaid() throws Exception {
    capture(TestAgent.ENABLED);
    pod.exec(
        "nft",
        "add table inet own; add chain inet own c { type filter hook input priority 0; };"
            + " add rule inet own c iifname lo ip saddr "
            + POD
            + " drop");
    try (Echo _ = serve(WORLD)) {
      for (int i = 0; i < 3; i++) {
        assertThat(request(WORLD)).contains("GET / ").doesNotContain("X-Client-Hostname");
      }
    }
    assertThat(counts()).isEqualTo(Map.of("connected", 1L, "direct", 3L));
    assertThat(agent.onlyStatus().restraint())
        .contains("redirected connections do not come to the listener");
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
  void kernelWithoutQueue_podIsCapturedAllTheSame_andTheReasonIsTold() throws Exception {
    agent.close();
    agent =
        new TestAgent(
            state.resolve("other"), (_, _) -> new HoldSupport(List.of(), "there is no queue"));
    capture(TestAgent.ENABLED);
    assertThat(agent.onlyStatus().hold()).isEqualTo(new Hold(null, "there is no queue"));
    try (Echo _ = serve(WORLD)) {
      assertThat(request(WORLD)).contains("X-Client-Hostname: ");
    }
    // Nobody listens any more: a reset, which comes soon enough for some to meet it in connect().
    assertThat(failure(WORLD)).isIn("connected", "Connection reset by peer");
    assertThat(counts()).isEmpty();
  }

  /// The rule is refused when it is written, as by a kernel that nobody tried before.
  @Test
  void ruleIsRefused_theNextOneIsTried_andElseNone() throws Exception {
    capture(TestAgent.ENABLED);
    SynQueueRule here = agent.onlyStatus().hold().by();
    agent.close();
    agent = new TestAgent(state.resolve("other"), (_, _) -> HoldSupport.UNTRIED);
    capture(TestAgent.ENABLED);
    assertThat(agent.onlyStatus().hold()).isEqualTo(new Hold(here, ""));
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

  /// Like a mesh that was put in by hand: everything to port 80 goes to its proxy, but for what
  /// that proxy dials itself.
  @Test
  void connect_anotherProxyRedirectsToo_thereIsNoLoop() throws Exception {
    pod.exec(
        "nft",
        "add table ip mesh; add chain ip mesh c { type nat hook output priority -90; };"
            + " add rule ip mesh c tcp dport 80 tcp sport != 40001-40999 redirect to :15001");
    capture(TestAgent.ENABLED);
    ServerSocket mesh =
        agent.doorway.inside(
            podNetns, () -> new ServerSocket(15001, 64, InetAddress.ofLiteral("127.0.0.1")));
    try (Echo _ = serve(WORLD)) {
      ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
      opened(mesh);
      threads.execute(() -> forward(mesh, threads));
      for (int i = 0; i < 5; i++) {
        assertThat(request(WORLD)).contains("GET / ");
      }
    }
    assertThat(counts().get("direct")).as("%s", counts()).isGreaterThanOrEqualTo(5);
    assertThat(counts().get("connected")).isEqualTo(1);
    assertThat(agent.onlyStatus().restraint()).contains("another proxy in the Pod redirects");
  }

  private void forward(ServerSocket mesh, ExecutorService threads) {
    try {
      for (int port = 40_001; ; port++) {
        Socket from = opened(mesh.accept());
        int own = port;
        Socket to =
            opened(
                agent.doorway.inside(
                    podNetns,
                    () -> {
                      Socket socket = new Socket();
                      socket.bind(new InetSocketAddress(own));
                      return socket;
                    }));
        threads.submit(
            () -> {
              to.connect(new InetSocketAddress(InetAddress.ofLiteral(WORLD), 80), 5_000);
              threads.submit(() -> from.getInputStream().transferTo(to.getOutputStream()));
              to.getInputStream().transferTo(from.getOutputStream());
              from.close();
              return null;
            });
      }
    } catch (IOException e) {
      // The end.
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
