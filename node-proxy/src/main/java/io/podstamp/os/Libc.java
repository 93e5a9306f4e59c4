package io.podstamp.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// libc through the foreign function API: the calls around namespaces, netlink and processes that
/// the JDK lacks.
///
/// Each call captures errno in the same downcall, since the JVM may clobber it before Java looks.
@SuppressWarnings("restricted")
public final class Libc {
  /// `fcntl.h`, the same on x86-64 and arm64.
  public static final int O_RDONLY = 0;

  public static final int O_CLOEXEC = 0x80000;

  /// `sched.h`
  public static final int CLONE_NEWNET = 0x40000000;

  /// `sys/socket.h`, `linux/netlink.h`
  public static final int AF_INET = 2;

  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 16;

  public static final int SOCK_STREAM = 1;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_CLOEXEC = 0x80000;
  public static final int SOCK_NONBLOCK = 0x800;
  public static final int SOL_SOCKET = 1;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;
  public static final int SOL_NETLINK = 270;
  public static final int NETLINK_NO_ENOBUFS = 5;
  public static final int NETLINK_CAP_ACK = 10;
  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_SOCK_DIAG = 4;
  public static final int NETLINK_NETFILTER = 12;

  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  /// `linux/nsfs.h`: `_IO(0xb7, 0x3)`
  private static final long NS_GET_NSTYPE = 0xb703;

  /// `bits/types/__sigset_t.h` of glibc; musl's is as long.
  private static final long SIGSET_BYTES = 128;

  /// `sys/wait.h`
  private static final int WNOHANG = 1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final AddressLayout C_STRING =
      ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE));
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      call("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), -1);
  private static final MethodHandle SETNS =
      call("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), -1);
  private static final MethodHandle UNSHARE =
      call("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT), -1);
  private static final MethodHandle IOCTL =
      call("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), 2);
  private static final MethodHandle IOCTL_STRUCTURE =
      call("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), -1);
  private static final MethodHandle SEND =
      call("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), -1);
  private static final MethodHandle RECV =
      call("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), -1);
  private static final MethodHandle SETSOCKOPT =
      call(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
          -1);
  private static final MethodHandle GETSOCKOPT =
      call(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS),
          -1);
  private static final MethodHandle SIGWAITINFO =
      call("sigwaitinfo", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS), -1);
  private static final MethodHandle KILL =
      call("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), -1);
  private static final MethodHandle WAITPID =
      call("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), -1);
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"),
          FunctionDescriptor.of(C_STRING, JAVA_INT));

  private Libc() {}

  /// `open(2)`; the caller closes the descriptor.
  public static int open(String path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags);
      return checked(fd, state, "open", path);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `close(2)`
  public static void close(int fd) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      checked((int) CLOSE.invokeExact(state, fd), state, "close", fd);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `setns(2)`: moves the calling thread, which must be a platform thread, into a namespace.
  public static void setns(int fd, int type) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      checked((int) SETNS.invokeExact(state, fd, type), state, "setns", fd);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `unshare(2)`: moves the calling thread, which must be a platform thread, into a namespace of
  /// its own.
  public static void unshare(int type) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      checked((int) UNSHARE.invokeExact(state, type), state, "unshare", type);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `ioctl_ns(2)`, `NS_GET_NSTYPE`: which `CLONE_NEW…` a namespace file stands for; fails with
  /// `ENOTTY` on any other file.
  public static int namespaceType(int fd) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      int type = (int) IOCTL.invokeExact(state, fd, NS_GET_NSTYPE);
      return checked(type, state, "ioctl NS_GET_NSTYPE", fd);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `ioctl(2)` with a structure that the kernel reads, or fills in.
  static void ioctl(int fd, long request, byte[] structure) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, structure);
      int done = (int) IOCTL_STRUCTURE.invokeExact(state, fd, request, bytes);
      checked(done, state, "ioctl 0x" + Long.toHexString(request), fd);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, structure, 0, structure.length);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `socket(2)`; the caller closes the descriptor.
  public static int socket(int domain, int type, int protocol) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      int fd = (int) SOCKET.invokeExact(state, domain, type, protocol);
      return checked(fd, state, "socket", domain);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `send(2)`: one message, whole.
  public static void send(int fd, byte[] message) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
      long sent = (long) SEND.invokeExact(state, fd, bytes, bytes.byteSize(), 0);
      checked((int) sent, state, "send", fd);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `setsockopt(2)` with an `int`.
  public static void setsockopt(int fd, int level, int option, int value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment number = arena.allocateFrom(JAVA_INT, value);
      int done =
          (int) SETSOCKOPT.invokeExact(state, fd, level, option, number, (int) number.byteSize());
      checked(done, state, "setsockopt", level + ", " + option);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `getsockopt(2)`
  ///
  /// @param value what the kernel reads of it first, if it does, and what it writes then
  public static void getsockopt(int fd, int level, int option, byte[] value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, value);
      MemorySegment length = arena.allocateFrom(JAVA_INT, value.length);
      int done = (int) GETSOCKOPT.invokeExact(state, fd, level, option, bytes, length);
      checked(done, state, "getsockopt", level + ", " + option);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, value, 0, value.length);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `recv(2)` of one message, never waiting.
  ///
  /// @return how many bytes of `into` were filled
  /// @throws ErrnoException `EAGAIN` when there is nothing to read, `EMSGSIZE` when the message is
  ///   longer than `into`
  public static int recv(int fd, byte[] into) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment bytes = arena.allocate(into.length);
      long got =
          (long) RECV.invokeExact(state, fd, bytes, bytes.byteSize(), MSG_DONTWAIT | MSG_TRUNC);
      int length = checked((int) got, state, "recv", fd);
      if (length > into.length) {
        throw new ErrnoException("recv", String.valueOf(fd), Errno.EMSGSIZE);
      }
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, into, 0, length);
      return length;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `sigwaitinfo(2)`: waits for a signal that every thread of the process blocks.
  ///
  /// @param set the signals to wait for, bit n-1 for signal n
  /// @throws ErrnoException `EINTR` (4) when something else woke the thread
  public static int sigwaitinfo(long set) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      MemorySegment signals = arena.allocate(SIGSET_BYTES, Long.BYTES);
      signals.set(JAVA_LONG, 0, set);
      int signal = (int) SIGWAITINFO.invokeExact(state, signals, MemorySegment.NULL);
      return checked(signal, state, "sigwaitinfo", Long.toHexString(set));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `kill(2)`
  public static void kill(int pid, int signal) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      checked((int) KILL.invokeExact(state, pid, signal), state, "kill", pid);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// `waitpid(2)`, never waiting: takes a child that has ended out of the process table.
  public static void reap(int pid) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CAPTURE);
      int reaped = (int) WAITPID.invokeExact(state, pid, MemorySegment.NULL, WNOHANG);
      checked(reaped, state, "waitpid", pid);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor shape, int firstVariadic) {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    MemorySegment symbol = LINKER.defaultLookup().findOrThrow(name);
    return firstVariadic < 0
        ? LINKER.downcallHandle(symbol, shape, errno)
        : LINKER.downcallHandle(
            symbol, shape, errno, Linker.Option.firstVariadicArg(firstVariadic));
  }

  private static int checked(int result, MemorySegment state, String call, Object on)
      throws ErrnoException {
    if (result < 0) {
      int errno = (int) ERRNO.get(state, 0L);
      throw new ErrnoException(call, String.valueOf(on), errno);
    }
    return result;
  }

  /// `strerror(3)`
  static String strerror(int errno) {
    try {
      return ((MemorySegment) STRERROR.invokeExact(errno)).getString(0);
    } catch (Throwable t) {
      throw new AssertionError("strerror takes any number", t);
    }
  }

  /// Downcalls declare `Throwable`; only our own exception can come.
  private static ErrnoException unexpected(Throwable t) {
    return switch (t) {
      case ErrnoException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(t);
    };
  }
}
