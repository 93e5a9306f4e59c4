package io.podstamp.netns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Kernel settings of a Pod's namespace that make captured connections end as they would without
/// us.
///
/// `/proc/sys/net` shows the namespace of the thread that looks. It is read-only in an unprivileged
/// container, so the DaemonSet mounts it a second time elsewhere: hence the root as a parameter.
public final class Sysctls {
  private static final Map<String, String> SETTINGS =
      new TreeMap<>(
          Map.of(
              // After its default of 60 s conntrack forgets a half-closed connection: the proxy
              // would never see the application's FIN.
              "netfilter/nf_conntrack_tcp_timeout_close_wait", "3600",
              // Connections queued at a closing listener move to the other one of the same port
              // (kernel 5.14 and later), so that an upgrade resets none.
              "ipv4/tcp_migrate_req", "1",
              // A captured connection takes two ports towards its destination, the application's
              // and ours. Whoever closes first keeps its port in TIME_WAIT for 60 s; so they are
              // used again after one second (RFC 6191), or they run out at half the rate.
              "ipv4/tcp_tw_reuse", "1"));

  private final Path root;

  /// @param root where `/proc/sys/net` is writable
  public Sysctls(Path root) {
    this.root = root;
  }

  /// Writes them inside the namespace.
  ///
  /// @return what could not be set, by name, with the kernel's word; the Pod works without, less
  ///   well
  public Map<String, String> apply(Doorway doorway, Netns netns) throws IOException {
    return doorway.inside(netns, this::write);
  }

  private Map<String, String> write() {
    Map<String, String> refused = new TreeMap<>();
    SETTINGS.forEach(
        (name, value) -> {
          try {
            Files.writeString(root.resolve(name), value);
          } catch (IOException e) {
            refused.put(name, String.valueOf(e));
          }
        });
    return refused;
  }
}
