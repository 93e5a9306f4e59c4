package io.podstamp.netns;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open network namespace: a descriptor that keeps it alive, and the inode that tells it from
/// others.
///
/// While it is open the kernel keeps the namespace, so whoever opens one closes it when the Pod
/// goes.
public final class Netns implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Netns.class);
  private static final Netns HOME = openHome();

  /// What is done inside a namespace: making sockets, writing sysctls and reading the socket table,
  /// nothing else. A thread or process started here would stay here (docs/DECISIONS.md).
  public interface Inside<T> {
    T run() throws IOException;
  }

  private final int fd;
  private final Id id;
  private boolean closed;

  /// What makes a namespace this one: the device and inode of its file.
  public record Id(long device, long inode) {}

  private Netns(int fd, Id id) {
    this.fd = fd;
    this.id = id;
  }

  /// The namespace that this process was started in; never closed. Threads start in it, so code
  /// that uses it needs neither `setns(2)` nor `CAP_SYS_ADMIN`.
  public static Netns home() {
    return HOME;
  }

  /// Opens a Pod's namespace.
  ///
  /// @throws NotPodNetnsException when the path leads elsewhere
  public static Netns openPod(Path path) throws IOException {
    Netns netns = open(path);
    if (netns.id.equals(HOME.id)) {
      netns.close();
      throw new NotPodNetnsException(
          path + " (expected: a Pod's network namespace; this is the host's own)");
    }
    return netns;
  }

  /// Makes a new one, which goes when it is closed here and nothing is left in it. A thread of its
  /// own does it, and ends, since it cannot come back without being told where from.
  public static Netns make() throws IOException {
    FutureTask<Netns> made =
        new FutureTask<>(
            () -> {
              Libc.unshare(Libc.CLONE_NEWNET);
              return open(Path.of("/proc/thread-self/ns/net"));
            });
    Thread.ofPlatform().name("netns-maker").daemon().start(made);
    try {
      return made.get();
    } catch (ExecutionException e) {
      throw new IOException("no network namespace can be made: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a network namespace was made", e);
    }
  }

  /// Whether a path leads to a Pod's namespace with that inode; paths are reused, and outlive
  /// reboots in files.
  public static boolean isAt(Path path, long inode) {
    try (Netns netns = openPod(path)) {
      return netns.id.inode == inode;
    } catch (IOException e) {
      return false;
    }
  }

  private static Netns open(Path path) throws IOException {
    int fd;
    try {
      fd = Libc.open(path.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC);
    } catch (ErrnoException e) {
      throw new NotPodNetnsException(
          path + " (expected: a network namespace; it cannot be opened)", e);
    }
    try {
      if (Libc.namespaceType(fd) != Libc.CLONE_NEWNET) {
        throw new NotPodNetnsException(
            path + " (expected: a network namespace; this is another kind)");
      }
      Path self = Path.of("/proc/self/fd/" + fd);
      long device = (long) Files.getAttribute(self, "unix:dev");
      long inode = (long) Files.getAttribute(self, "unix:ino");
      return new Netns(fd, new Id(device, inode));
    } catch (ErrnoException e) {
      Libc.close(fd);
      throw new NotPodNetnsException(path + " (expected: a network namespace; this is a file)", e);
    } catch (IOException | RuntimeException e) {
      Libc.close(fd);
      throw e;
    }
  }

  private static Netns openHome() {
    try {
      return open(Path.of("/proc/self/ns/net"));
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Whether this is the namespace that the process was started in.
  boolean isHome() {
    return this == HOME;
  }

  /// Device and inode.
  public Id id() {
    return id;
  }

  /// Runs an action inside, on the calling platform thread, and brings the thread home: 4 µs there
  /// and back.
  ///
  /// A thread that cannot come home would do the next Pod's work in this one's namespace, so the
  /// whole process ends then: leases lapse, traffic goes direct, the DaemonSet starts us anew.
  public <T> T inside(Inside<T> action) throws IOException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "setns moves the carrier of a virtual thread; use a platform thread");
    }
    if (isHome()) {
      return action.run();
    }
    enter();
    try {
      return action.run();
    } finally {
      goHome();
    }
  }

  /// Checked under the lock, since the number of a closed descriptor may by now be another Pod's.
  private synchronized void enter() throws IOException {
    if (closed) {
      throw new NotPodNetnsException("the Pod's network namespace was let go");
    }
    Libc.setns(fd, Libc.CLONE_NEWNET);
  }

  private static void goHome() {
    try {
      Libc.setns(HOME.fd, Libc.CLONE_NEWNET);
    } catch (ErrnoException e) {
      log.error("a thread cannot leave a Pod's network namespace; ending the process", e);
      Runtime.getRuntime().halt(70);
    }
  }

  /// Lets the namespace go; home stays open. Idempotent: closing a number twice could close
  /// somebody else's file.
  @Override
  public synchronized void close() throws IOException {
    if (!closed && !isHome()) {
      closed = true;
      Libc.close(fd);
    }
  }
}
