package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Pods without an agent, next to a world outside that has name servers and HTTP servers:
///
/// ```
///   Pod netns "pod-1"                                    netns "outside"
///   eth0 10.244.1.2, fd00:10:244:1::2 ──── veth ──── pod-1      192.0.2.80    HTTP: 80, 8080, 8081
///   Pod netns "pod-2" …                               2001:db8::80
///                                                     192.0.2.53, .54   DNS
/// ```
final class SidecarPods implements AutoCloseable {
  static final String SERVER = "192.0.2.80";
  static final String SERVER_V6 = "2001:db8::80";
  static final List<String> NAMESERVERS = List.of("192.0.2.53", "192.0.2.54");

  /// An address with nothing behind it.
  static final String NOBODY = "192.0.2.99";

  /// What the name servers know; its addresses are those of the servers.
  static final String NAME = "shop.lab.test";

  /// Where the server is that upgrades and streams.
  static final int NODE_PORT = 8081;

  private static final Path FOLDER = Lab.FOLDER;

  /// Upgrades what wants to; sends the first half of an answer, and the second after a long time.
  private static final String NODE_SERVER =
      """
      const server = require('http').createServer((request, response) => {
        if (request.url === '/stream') {
          response.write('first\\n');
          setTimeout(() => response.end('second\\n'), 6000);
        } else {
          response.statusCode = 426;
          response.end('no upgrade was asked for\\n');
        }
      });
      server.on('upgrade', (request, socket) => socket.end(
        'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\nhello'));
      server.listen(%d, '::');
      """
          .formatted(NODE_PORT);

  private final Deque<Runnable> endings = new ArrayDeque<>();
  private final Netns outside = Netns.add("outside");
  private final List<Daemon> nameservers;
  private final EchoServer echo;
  private int pods;

  SidecarPods() {
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(resolvConf(), "nameserver 192.0.2.53\nsearch lab.test\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String address :
        List.of(SERVER + "/32", SERVER_V6 + "/128", "192.0.2.53/32", "192.0.2.54/32")) {
      outside.ip("address", "add", address, "dev", "lo");
    }
    nameservers = NAMESERVERS.stream().map(this::nameserver).toList();
    echo = EchoServer.in(outside, 80, FOLDER);
    endings.push(echo::close);
    endings.push(EchoServer.in(outside, EchoServer.PORT, FOLDER)::close);
    Daemon node =
        Daemon.start(
            "node",
            outside.inside(List.of("node", "-e", NODE_SERVER)),
            FOLDER.resolve("node-server.log"));
    endings.push(node::close);
    node.await(() -> isOpen("tcp", NODE_PORT, ""));
  }

  private Daemon nameserver(String address) {
    Daemon daemon =
        Daemon.start(
            "dnsmasq",
            outside.inside(
                List.of(
                    "dnsmasq",
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--user=root",
                    "--group=root",
                    "--pid-file=",
                    "--no-resolv",
                    "--no-hosts",
                    "--bind-interfaces",
                    "--listen-address=" + address,
                    "--local=/test/",
                    "--host-record=" + NAME + "," + SERVER + "," + SERVER_V6,
                    "--log-queries",
                    "--log-facility=-")),
            FOLDER.resolve("dns-" + address + ".log"));
    endings.push(daemon::close);
    return daemon.await(() -> isOpen("udp", 53, address));
  }

  private boolean isOpen(String protocol, int port, String address) {
    return !outside
        .run("ss", "-Hln", "--" + protocol, "src", address + ":" + port)
        .orThrow()
        .out()
        .isBlank();
  }

  /// The names that the name servers were asked for so far, each as often as it was asked for.
  List<String> questions() {
    return nameservers.stream()
        .flatMap(server -> server.logText().lines())
        .filter(line -> line.contains("query["))
        .map(line -> line.replaceFirst(".*query\\[\\w+\\] (\\S+) .*", "$1"))
        .toList();
  }

  /// The request heads so far that contain a text and went to port 80.
  List<String> heads(String text) {
    return echo.heads(text);
  }

  /// What a container finds in /etc/resolv.conf.
  static Path resolvConf() {
    return FOLDER.resolve("resolv.conf");
  }

  /// One more Pod, with an address of each family and a route to everything outside.
  Netns addPod() {
    pods++;
    Netns pod = Netns.add("pod-" + pods);
    endings.push(pod::delete);
    outside.ip(
        "link", "add", pod.name(), "type", "veth", "peer", "name", "eth0", "netns", pod.name());
    outside.ip("link", "set", pod.name(), "up");
    pod.ip("link", "set", "eth0", "up");
    for (String network : List.of("10.244." + pods + ".%d/24", "fd00:10:244:" + pods + "::%d/64")) {
      outside.ip("address", "add", network.formatted(1), "dev", pod.name(), "nodad");
      pod.ip("address", "add", network.formatted(2), "dev", "eth0", "nodad");
    }
    pod.ip("route", "add", "default", "via", "10.244." + pods + ".1");
    pod.ip("-6", "route", "add", "default", "via", "fd00:10:244:" + pods + "::1");
    return pod;
  }

  @Override
  public void close() {
    while (!endings.isEmpty()) {
      endings.pop().run();
    }
    outside.delete();
  }
}
