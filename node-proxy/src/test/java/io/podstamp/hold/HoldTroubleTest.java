package io.podstamp.hold;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.capture.TestAgent;
import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.netns.Hold;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.os.Libc;
import io.podstamp.redirect.HoldSupport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Held SYNs while the agent, the kernel or the Pod is not as it should be.
class HoldTroubleTest extends HeldPod {
  /// At 800 a second ([IcmpPace]): longer than it takes to see who has given up.
  private static final int EIGHT_SECONDS_OF_TURNS = 6_400;

  /// What an event loop has not read goes direct when the lease ends, and is not dialled a second
  /// time by the loop that reads it later.
  @Test
  void loopsHang_leaseEnds_heldGoDirect_once() throws Exception {
    capture(TestAgent.ENABLED);
    ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
    try (Echo _ = serve(WORLD)) {
      Runnable goOn = agent.hang();
      Future<String> answer;
      try {
        answer = threads.submit(() -> request(WORLD));
        await(() -> queued() == 1);
        agent.reconciler.renewLeases(Duration.ZERO);
        assertThat(answer.get(10, TimeUnit.SECONDS))
            .contains("GET / ")
            .doesNotContain("X-Client-Hostname");
      } finally {
        goOn.run();
      }
    }
    await(() -> count("direct") == 1);
    assertThat(counts()).isEqualTo(Map.of("direct", 1L));
  }

  /// The application has the last port, and a connection ends within the time that ours waits for.
  @Test
  void noPortIsFree_untilAConnectionEnds_theNextIsCaptured() throws Exception {
    capture(TestAgent.STRICT);
    havePorts(3);
    ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
    try (Echo _ = serve(WORLD)) {
      Socket first = connectFrom(WORLD);
      Future<String> second =
          threads.submit(
              () -> {
                try (Socket socket = connectFrom(WORLD)) {
                  return ask(socket);
                }
              });
      await(() -> agent.onlyStatus().restraint().contains("EADDRNOTAVAIL"));
      assertThat(agent.onlyStatus().restraint()).endsWith("some new connections wait");
      first.setSoLinger(true, 0);
      first.close();
      assertThat(second.get(60, TimeUnit.SECONDS)).contains("X-Client-Hostname: ");
    }
  }

  @Test
  void noPortIsFree_forLong_transparentGoesDirect() throws Exception {
    capture(TestAgent.ENABLED);
    havePorts(3);
    try (ServerSocket server = listen(WORLD);
        Socket _ = connectFrom(WORLD);
        Socket _ = server.accept();
        Socket second = connectFrom(WORLD);
        Socket accepted = server.accept()) {
      second.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
      second.shutdownOutput();
      assertThat(new String(accepted.getInputStream().readAllBytes(), US_ASCII))
          .isEqualTo("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(agent.onlyStatus().restraint()).endsWith("some new connections go direct");
    }
    assertThat(count("direct")).isEqualTo(1);
  }

  /// Leaves so many to choose from: the kernel rounds a range down to an even number. The probe has
  /// had its own before.
  private void havePorts(int few) throws Exception {
    await(() -> !agent.onlyStatus().proof().isEmpty());
    int all = few + few % 2;
    pod.exec("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 " + (40_000 + all - 1));
    for (int taken = few; taken < all; taken++) {
      int port = 40_000 + taken;
      opened(agent.doorway.inside(podNetns, () -> new ServerSocket(port)));
    }
  }

  /// With a port that is chosen when it connects, as most programs have it.
  private Socket connectFrom(String address) throws IOException {
    SocketChannel channel =
        opened(
            agent.doorway.inside(podNetns, () -> SocketChannel.open(StandardProtocolFamily.INET)));
    Socket socket = channel.socket();
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), 80), 60_000);
    return socket;
  }

  /// `conntrack -F` in the Pod: the kernel forgets where redirected connections go.
  @Test
  void trackingIsFlushed_connectionsThatAreOpenEnd_newOnesAreCaptured() throws Exception {
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD);
        Socket open = connect(WORLD, 10_000)) {
      try (NetlinkSocket conntrack =
          agent.doorway.inside(podNetns, () -> NetlinkSocket.open(Libc.NETLINK_NETFILTER))) {
        int deleteAll = 1 << 8 | 2; // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
        conntrack.order(new Request(deleteAll, 0, "all", Attributes.Writer.netfilter(2, 0)));
      }
      open.setSoTimeout(60_000);
      assertThatThrownBy(() -> ask(open)).hasMessageStartingWith("Connection reset");
    }
    try (Echo _ = serve(WORLD)) {
      assertThat(request(WORLD)).contains("X-Client-Hostname: ");
    }
  }

  @Test
  void leaseEnds_whileADialGoesOn_theHeldOneGoesDirect_andTheDialIsForgotten() throws Exception {
    capture(TestAgent.ENABLED);
    world.exec(
        "nft", "add table inet f; add chain inet f c { type filter hook input priority 0; }");
    world.exec("nft", "add rule inet f c tcp dport 80 drop");
    ExecutorService threads = opened(Executors.newVirtualThreadPerTaskExecutor());
    try (Echo _ = serve(WORLD)) {
      Future<String> answer = threads.submit(() -> request(WORLD));
      await(() -> pod.exec("ss", "-Htn", "state", "syn-sent").lines().count() == 2);
      agent.reconciler.renewLeases(Duration.ZERO);
      await(() -> queued() == 0);
      world.exec("nft", "delete table inet f");
      assertThat(answer.get(10, TimeUnit.SECONDS))
          .contains("GET / ")
          .doesNotContain("X-Client-Hostname");
    }
    await(() -> count("direct") == 1);
    assertThat(counts()).isEqualTo(Map.of("direct", 1L));
  }

  /// Nobody is told twice, and nobody is counted twice who went while it waited for its turn.
  @Test
  void connect_unreachable_applicationsGaveUpBeforeTheirTurn_eachIsCountedOnce() throws Exception {
    haveWorldTellThatNothingIsReachable();
    capture(TestAgent.ENABLED);
    for (int i = 0; i < EIGHT_SECONDS_OF_TURNS; i++) {
      assertThat(IcmpPace.OF_THE_PROCESS.next(System.nanoTime())).isNotNegative();
    }
    int many = 40;
    List<SocketChannel> all =
        agent.doorway.inside(
            podNetns,
            () -> {
              List<SocketChannel> made = new ArrayList<>();
              for (int i = 0; i < many; i++) {
                SocketChannel each = SocketChannel.open();
                each.configureBlocking(false);
                each.connect(new InetSocketAddress("10.78.0." + (1 + i), 80));
                made.add(each);
              }
              return made;
            });
    await(() -> queued() == many);
    for (SocketChannel each : all.subList(0, many / 2)) {
      each.close();
    }
    await(() -> count("given_up") == many / 2);
    await(() -> queued() == 0);
    assertThat(counts()).isEqualTo(Map.of("given_up", many / 2L, "unreachable", many / 2L));
    for (SocketChannel each : all) {
      each.close();
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

  /// Like a mesh that was put in by hand: everything to port 80 goes to its proxy, but for what
  /// that proxy dials itself.
  @Test
  void connect_anotherProxyRedirectsToo_thereIsNoLoop() throws Exception {
    pod.exec("sysctl", "-w", "net.ipv4.ip_local_port_range=50000 60999"); // not that proxy's own
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
}
