package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The Node and the world outside.
///
/// ```
///   Pod netns                 root netns = the Node's host network              netns "outside"
///   eth0 10.244.0.x ── veth ── cni0 10.244.0.1   eth0 192.0.2.10 ── veth ── eth0 192.0.2.80
///   fd00:10:244::x             (bridge plugin)   2001:db8::10    masquerade      2001:db8::80
/// ```
///
/// Outside has no route to Pods: an answer comes back only because the Node put its own address
/// into the request, as it does in most clusters. The netns that this JVM runs in becomes the Node,
/// so it has to be started by `scripts/in-own-node.sh`, which also takes everything away again.
public final class Node implements AutoCloseable {
  public static final String NAME = "node-1";

  public static final String ADDRESS = "192.0.2.10";
  public static final String ADDRESS_V6 = "2001:db8::10";
  public static final String OUTSIDE_ADDRESS = "192.0.2.80";
  public static final String OUTSIDE_ADDRESS_V6 = "2001:db8::80";

  public static final String POD_SUBNET = "10.244.0.0/23";
  public static final String POD_SUBNET_V6 = "fd00:10:244::/64";

  /// The Node's own address among the Pods: no masquerade on the way there.
  public static final String BRIDGE_ADDRESS = "10.244.0.1";

  public static final String BRIDGE_ADDRESS_V6 = "fd00:10:244::1";

  private static final String MASQUERADE =
      """
      table inet lab {
        chain postrouting {
          type nat hook postrouting priority srcnat
          oifname "eth0" masquerade
        }
      }
      """;

  private final Netns outside;

  private Node(Netns outside) {
    this.outside = outside;
  }

  /// Makes the topology.
  ///
  /// @throws IllegalStateException outside of `scripts/in-own-node.sh`
  public static Node up() {
    if (System.getenv("PODSTAMP_NODE") == null) {
      throw new IllegalStateException(
          "PODSTAMP_NODE: not set (expected: start this with scripts/in-own-node.sh, which gives it"
              + " a network of its own)");
    }
    Netns outside = Netns.add("outside");
    Run.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "eth0", "netns", outside.name());
    for (String address : List.of(ADDRESS + "/24", ADDRESS_V6 + "/64")) {
      Run.ok("ip", "address", "add", address, "dev", "eth0", "nodad");
    }
    for (String address : List.of(OUTSIDE_ADDRESS + "/24", OUTSIDE_ADDRESS_V6 + "/64")) {
      outside.ip("address", "add", address, "dev", "eth0", "nodad");
    }
    Run.ok("ip", "link", "set", "eth0", "up");
    outside.ip("link", "set", "eth0", "up");
    Run.ok("ip", "route", "add", "default", "via", OUTSIDE_ADDRESS);
    Run.ok("ip", "-6", "route", "add", "default", "via", OUTSIDE_ADDRESS_V6);
    sysctl("net/ipv4/ip_forward", "1");
    sysctl("net/ipv6/conf/all/forwarding", "1");
    // The bridge's first seconds: nobody else can have its address.
    sysctl("net/ipv6/conf/default/accept_dad", "0");
    Run.of(new ProcessBuilder("nft", "-f", "-"), MASQUERADE).orThrow();
    return new Node(outside);
  }

  public Netns outside() {
    return outside;
  }

  /// Takes the topology away; Pods have to be gone before. The bridge and the firewall rules
  /// include what the plugins never take back: the bridge itself and the empty chains of portmap.
  @Override
  public void close() {
    Run.ok("nft", "flush", "ruleset");
    Run.ok("ip", "link", "delete", "eth0");
    if (Run.ok("ip", "-br", "link").contains("cni0")) {
      Run.ok("ip", "link", "delete", "cni0");
    }
    outside.delete();
  }

  private static void sysctl(String name, String value) {
    try {
      Files.writeString(Path.of("/proc/sys").resolve(name), value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
