package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.PodState;
import io.podstamp.capture.TestAgent;
import io.podstamp.netns.Netns;
import io.podstamp.netns.TestNetns;
import io.podstamp.pod.Attachment;
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
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A Pod that can be captured, and a world behind a link.
abstract class HeldPod {
  static final String POD = "10.77.0.1";
  static final String WORLD = "10.77.0.2";
  static final String POD6 = "fd77::1";
  static final String WORLD6 = "fd77::2";

  TestNetns pod;
  TestNetns world;
  Netns podNetns;
  Netns worldNetns;
  TestAgent agent;
  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir Path state;

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

  void capture(Map<String, String> annotations) throws Exception {
    agent.namespaces.annotations.put("web", annotations);
    Attachment attachment = TestAgent.attachment("web", "a", pod);
    agent.reconciler.attach(attachment);
    assertThat(agent.onlyStatus().state())
        .as(agent.onlyStatus().reason())
        .isEqualTo(PodState.CAPTURED);
  }

  /// A server that answers with what it was asked.
  Echo serve(String address) throws IOException {
    return new Echo(listen(address));
  }

  ServerSocket listen(String address) throws IOException {
    return listen(address, 80);
  }

  ServerSocket listen(String address, int port) throws IOException {
    return agent.doorway.inside(
        worldNetns, () -> new ServerSocket(port, 64, InetAddress.ofLiteral(address)));
  }

  record Echo(ServerSocket server) implements AutoCloseable {
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

  <T extends AutoCloseable> T opened(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /// Connects from the Pod; waits outside of it.
  Socket connect(String address, int millis) throws IOException {
    return connect(address, 80, millis);
  }

  Socket connect(String address, int port, int millis) throws IOException {
    Socket socket = opened(agent.doorway.inside(podNetns, HeldPod::made));
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), millis);
    return socket;
  }

  /// With a descriptor, which a socket has once it is bound.
  static Socket made() throws IOException {
    Socket socket = new Socket();
    socket.bind(null);
    return socket;
  }

  String failure(String address) {
    try (Socket _ = connect(address, 5_000)) {
      return "connected";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  String request(String address) throws IOException {
    try (Socket socket = connect(address, 10_000)) {
      return ask(socket);
    }
  }

  static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /// How often it was counted that this became of a held SYN.
  long count(String outcome) throws IOException {
    return counts().getOrDefault(outcome, 0L);
  }

  Map<String, Long> counts() throws IOException {
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

  static void await(Callable<Boolean> condition) throws Exception {
    Instant limit = Instant.now().plusSeconds(60);
    while (!condition.call()) {
      assertThat(Instant.now()).isBefore(limit);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /// Behind the world, in 10.78.0.0/16.
  void haveWorldTellThatNothingIsReachable() throws IOException {
    world.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
    world.exec("ip", "route", "add", "10.78.0.0/16", "dev", "lo");
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook forward priority 0; };"
            + " add rule inet f c ip daddr 10.78.0.0/16 reject with icmp type host-unreachable");
    // The world's kernel tells all of them at once; the Pod's would tell fifty.
    world.exec(
        "sysctl", "-qw", "net.ipv4.icmp_msgs_per_sec=100000", "net.ipv4.icmp_msgs_burst=10000");
    world.exec("sysctl", "-qw", "net.ipv4.icmp_ratemask=0");
  }

  /// How many SYNs the kernel keeps for us (`/proc/net/netfilter/nfnetlink_queue`: number, port,
  /// length…).
  int queued() throws IOException {
    return Integer.parseInt(
        pod.exec("cat", "/proc/net/netfilter/nfnetlink_queue").strip().split(" +", -1)[2]);
  }
}
