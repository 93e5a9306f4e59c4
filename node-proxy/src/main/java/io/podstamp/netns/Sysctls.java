package io.podstamp.netns;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
              // A connection that our side resets, as the kernel does for a process that was
              // killed, leaves its translation behind for ten seconds, and each SYN from the same
              // port within them follows it to a listener that is gone: refused, for as long as
              // somebody tries. Conntrack only reopens what a FIN or the application's RST ended.
              "netfilter/nf_conntrack_tcp_timeout_close", "0",
              // Connections queued at a closing listener move to the other one of the same port
              // (kernel 5.14 and later), so that an upgrade resets none.
              "ipv4/tcp_migrate_req", "1",
              // A captured connection takes two ports towards its destination, the application's
              // and ours. Whoever closes first keeps its port in TIME_WAIT for 60 s; so they are
              // used again after one second (RFC 6191), or they run out at half the rate.
              "ipv4/tcp_tw_reuse", "1"));

  /// Bits: 1 for clients, which is the default, 2 for servers that ask for it, as our listeners do.
  private static final String FAST_OPEN = "ipv4/tcp_fastopen";

  private static final int FAST_OPEN_SERVER = 2;

  private static final Logger log = LoggerFactory.getLogger(Sysctls.class);

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

  /// How long the queue of connections at a listener may be; of IPv4's and IPv6's (`listen(2)`).
  private static final String LONGEST_BACKLOG = "core/somaxconn";

  private static final int LONGEST_VALUE = 64;

  /// What is done while listeners may have a long backlog.
  public interface Listening<T> {
    T run() throws IOException;
  }

  /// Has something done while a listener that is made gets all the backlog that it asks for: the
  /// kernel reads the setting when `listen(2)` is called. Afterwards it is the Pod's own again, for
  /// the application's listeners. All of it in the namespace of the calling thread.
  ///
  /// @param backlog what our listeners ask for
  public <T> T whileListening(int backlog, Listening<T> action) throws IOException {
    Optional<String> before = raised(backlog);
    try {
      return action.run();
    } finally {
      if (before.isPresent()) {
        Files.writeString(root.resolve(LONGEST_BACKLOG), before.get());
      }
    }
  }

  /// @return what it was; empty if it stays so
  private Optional<String> raised(int backlog) {
    Path setting = root.resolve(LONGEST_BACKLOG);
    try {
      String before = read(setting);
      if (Integer.parseInt(before) >= backlog) {
        return Optional.empty();
      }
      Files.writeString(setting, String.valueOf(backlog));
      return Optional.of(before);
    } catch (IOException | NumberFormatException e) {
      log.debug("{} stays as it is: {}", setting, e.getMessage());
      return Optional.empty();
    }
  }

  /// The kernel gives a number to the first read alone, and [Files#readString] begins with one
  /// byte.
  private static String read(Path setting) throws IOException {
    try (InputStream in = Files.newInputStream(setting)) {
      return new String(in.readNBytes(LONGEST_VALUE), StandardCharsets.US_ASCII).strip();
    }
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
    try {
      Path fastOpen = root.resolve(FAST_OPEN);
      int before = Integer.decode(read(fastOpen));
      if ((before & FAST_OPEN_SERVER) == 0) {
        Files.writeString(fastOpen, String.valueOf(before | FAST_OPEN_SERVER));
      }
    } catch (IOException | NumberFormatException e) {
      refused.put(FAST_OPEN, String.valueOf(e));
    }
    return refused;
  }
}
