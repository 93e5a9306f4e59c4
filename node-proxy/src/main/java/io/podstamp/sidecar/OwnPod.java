package io.podstamp.sidecar;

import io.netty.util.NetUtil;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the Pod that this process runs in tells of itself, without anybody being asked.
public final class OwnPod {
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  /// Documentation addresses (RFC 5737, RFC 3849): only ever routed to, nothing is sent.
  private static final List<String> FAR_AWAY = List.of("192.0.2.1", "2001:db8::1");

  private static final int ANY_PORT = 9;

  private OwnPod() {}

  /// What `hostname` prints.
  public static String hostname() throws IOException {
    return Files.readString(HOSTNAME).strip();
  }

  /// The Pod's address: the environment's `PODIP`, else that of the primary network interface, from
  /// which the default route leaves.
  ///
  /// @throws IOException with one sentence when there is neither
  public static String address() throws IOException {
    String podIp = System.getenv("PODIP");
    if (podIp != null && !podIp.isBlank()) {
      return podIp.strip();
    }
    return FAR_AWAY.stream()
        .map(OwnPod::sourceTowards)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "PODIP: not set (expected: the Pod's address in this environment variable, or a"
                        + " network interface with a default route)"));
  }

  private static Optional<String> sourceTowards(String address) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), ANY_PORT));
      InetAddress source = socket.getLocalAddress();
      return source.isAnyLocalAddress()
          ? Optional.empty()
          : Optional.of(NetUtil.toAddressString(source));
    } catch (IOException | java.io.UncheckedIOException noRoute) {
      return Optional.empty();
    }
  }

  /// The Pod as its container's environment tells it, for tokens: `POD_NAMESPACE`, `POD_NAME`,
  /// `POD_UID`, `POD_SERVICE_ACCOUNT` and `NODE_NAME`; `NODE_IPS`, with commas, if it is there.
  ///
  /// @throws IOException with one sentence when one of them is not there
  public static PodIdentity fromEnvironment(Map<String, String> environment, String address)
      throws IOException {
    List<InetAddress> nodeIps = new ArrayList<>();
    for (String ip : environment.getOrDefault("NODE_IPS", "").split(",", -1)) {
      if (!ip.isBlank()) {
        nodeIps.add(literal("NODE_IPS", ip.strip()));
      }
    }
    return new PodIdentity(
        new PodRef(
            variable(environment, "POD_NAMESPACE"),
            variable(environment, "POD_NAME"),
            variable(environment, "POD_UID")),
        List.of(literal("PODIP", address)),
        null,
        variable(environment, "POD_SERVICE_ACCOUNT"),
        Map.of(),
        Map.of(),
        null,
        new PodIdentity.Node(
            variable(environment, "NODE_NAME"),
            nodeIps.isEmpty() ? null : nodeIps.getFirst(),
            nodeIps));
  }

  private static String variable(Map<String, String> environment, String name) throws IOException {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      throw new IOException(
          name
              + ": not set (expected: in this environment variable, by the downward API, what the"
              + " tokens of --identity say of the Pod)");
    }
    return value.strip();
  }

  private static InetAddress literal(String name, String address) throws IOException {
    try {
      return InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      throw new IOException(name + ": '" + address + "' (expected: an IP address)", e);
    }
  }

  /// An identity that says nothing but the name: a sidecar's header values are literal.
  static PodIdentity identity() throws IOException {
    return new PodIdentity(
        new PodRef("", hostname(), ""),
        List.of(),
        null,
        null,
        Map.of(),
        Map.of(),
        null,
        new PodIdentity.Node("", null));
  }
}
