package io.podstamp.netns;

import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The directory in which the container runtime keeps the network namespaces of Pods, a file each;
/// to find the one of a Pod that runs already.
///
/// @param directory such as `/run/netns`
public record NetnsDirectory(Path directory, Doorway doorway) {
  private static final InetAddress NOBODYS_4 = InetAddress.ofLiteral("192.0.2.1"); // RFC 5737
  private static final InetAddress NOBODYS_6 = InetAddress.ofLiteral("2001:db8::1"); // RFC 3849

  /// A namespace by its file.
  ///
  /// @param inode what is there now; a path may be reused
  public record Found(Path path, long inode) {}

  /// All namespaces that are not the host's own; none if the directory is not there.
  public List<Found> all() throws IOException {
    List<Found> all = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return all;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Found found = at(file);
        if (found != null) {
          all.add(found);
        }
      }
    }
    return all;
  }

  /// The namespace behind a path.
  ///
  /// @return null if there is none, or the host's own
  public @Nullable Found at(Path path) throws IOException {
    try (Netns netns = Netns.openPod(path)) {
      return new Found(path, netns.id().inode());
    } catch (NotPodNetnsException e) {
      return null;
    }
  }

  /// Whether an address is one of the namespace's own: then, and only then, a socket in it can be
  /// bound there.
  public boolean owns(Found namespace, InetAddress address) throws IOException {
    try (Netns netns = Netns.openPod(namespace.path())) {
      return netns.id().inode() == namespace.inode()
          && doorway.inside(
              netns,
              () ->
                  canBind(address)
                      // Else it would bind to anything (`ip_nonlocal_bind`).
                      && !canBind(Family.of(address) == Family.IPV4 ? NOBODYS_4 : NOBODYS_6));
    } catch (NotPodNetnsException e) {
      return false;
    }
  }

  private static boolean canBind(InetAddress address) throws IOException {
    StandardProtocolFamily family =
        Family.of(address) == Family.IPV4
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    try (DatagramChannel socket = DatagramChannel.open(family)) {
      socket.bind(new InetSocketAddress(address, 0));
      return true;
    } catch (SocketException | UnsupportedOperationException e) {
      return false;
    }
  }
}
