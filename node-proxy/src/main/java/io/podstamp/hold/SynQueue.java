package io.podstamp.hold;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.FastThreadLocal;
import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.netns.SynMark;
import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The SYNs of one Pod that its rules hand to us (`linux/netfilter/nfnetlink_queue.h`): read on an
/// event loop, released by any thread. What is not released when the socket is closed the kernel
/// drops, and its sender repeats it.
public final class SynQueue implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SynQueue.class);

  /// Messages of `NFNL_SUBSYS_QUEUE`.
  private static final int SUBSYSTEM = 3 << 8;

  private static final int PACKET = SUBSYSTEM;
  private static final int VERDICT = SUBSYSTEM | 1;
  private static final int CONFIG = SUBSYSTEM | 2;
  private static final int VERDICT_BATCH = SUBSYSTEM | 3;

  /// `enum nfqnl_attr_config`
  private static final int CFG_CMD = 1;

  private static final int CFG_PARAMS = 2;
  private static final int CFG_QUEUE_MAXLEN = 3;
  private static final int BIND = 1;
  private static final int COPY_PACKET = 2;

  /// IPv4's and TCP's longest headers are 60 bytes each.
  private static final int COPIED = 128;

  /// `enum nfqnl_attr_type`
  private static final int PACKET_HDR = 1;

  /// In `struct nfqnl_msg_packet_hdr`, behind number and protocol.
  private static final int HOOK = 6;

  private static final int VERDICT_HDR = 2;
  private static final int MARK = 3;
  private static final int OUT_DEVICE = 6;
  private static final int PAYLOAD = 10;

  /// `linux/netfilter.h`
  private static final int NF_DROP = 0;

  private static final int NF_ACCEPT = 1;
  private static final int NF_REPEAT = 4;

  /// The last number that a packet can have, for a verdict about all before it.
  private static final int ALL_PACKETS = Integer.MAX_VALUE;

  /// More SYNs than any Pod sends at once; one takes some 420 bytes of the socket's buffer.
  private static final int MOST_HELD = 65_535;

  private static final int BUFFER = 4 << 20;

  private static final int HEADERS = 20;
  private static final int ATTRIBUTE = 4;
  private static final int READ_SIZE = 1024;

  /// One that floods us lets others have their turn.
  private static final int AT_ONCE = 64;

  private static final FastThreadLocal<ByteBuffer> BYTES =
      new FastThreadLocal<>() {
        @Override
        protected ByteBuffer initialValue() {
          return ByteBuffer.allocateDirect(READ_SIZE).order(ByteOrder.nativeOrder());
        }
      };

  private final NetlinkSocket socket;
  private final FileDescriptor descriptor;
  private final int number;

  /// The number of a closed descriptor may be anybody's: written to only while this is held.
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  private boolean closed;
  private volatile boolean mayHavePassed;
  private volatile @Nullable Handle handle;

  private SynQueue(NetlinkSocket socket, int number) {
    this.socket = socket;
    this.descriptor = new FileDescriptor(socket.descriptor());
    this.number = number;
  }

  /// Makes one in the network namespace of the calling thread.
  ///
  /// @throws IOException when another program has this number there, or the kernel has no queues
  public static SynQueue openHere(int number) throws IOException {
    NetlinkSocket socket = NetlinkSocket.open(Libc.NETLINK_NETFILTER);
    try {
      socket.receiveBuffer(BUFFER);
      configure(socket, number, CFG_CMD, new byte[] {BIND, 0, 0, 0});
      configure(socket, number, CFG_PARAMS, new byte[] {0, 0, 0, (byte) COPIED, COPY_PACKET});
      configure(
          socket,
          number,
          CFG_QUEUE_MAXLEN,
          ByteBuffer.allocate(Integer.BYTES).putInt(MOST_HELD).array());
      return new SynQueue(socket, number);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static void configure(NetlinkSocket socket, int number, int attribute, byte[] value)
      throws IOException {
    socket.order(
        new Request(
            CONFIG,
            0,
            "queue " + number,
            Attributes.Writer.netfilter(0, number).bytes(attribute, value)));
  }

  /// Its number in the namespace, which is a listen port's too.
  public int number() {
    return number;
  }

  /// Begins to read.
  ///
  /// @param syns told on the event loop
  void start(EventLoop loop, Consumer<Syn> syns) {
    Handle begun = new Handle(loop, syns);
    handle = begun;
    ((IoEventLoop) loop)
        .register(begun)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                begun.begin((IoRegistration) registered.getNow());
              } else {
                log.error("queue {}: cannot be read", number, registered.cause());
              }
            });
  }

  /// Reads on, or leaves what comes to the kernel, which keeps it; on the event loop.
  void read(boolean on) {
    Handle begun = handle;
    if (begun != null) {
      begun.read(on);
    }
  }

  /// The SYN goes through the rules once more, which know the mark.
  void release(Syn syn, int told) {
    verdict(syn.packet(), NF_REPEAT, SynMark.beside(syn.mark(), told));
  }

  /// The SYN goes to our listener.
  void redirect(Syn syn) {
    int mark = SynMark.beside(syn.mark(), SynMark.redirected(number));
    write(VERDICT, syn.packet(), NF_REPEAT, mark, syn.bytes().packet());
  }

  /// The SYN goes on as if nobody had held it. One whose application marks with our bits keeps its
  /// mark and misses nat rules of the Pod that come after ours.
  void pass(Syn syn) {
    if ((syn.mark() & SynMark.MASK) == 0) {
      release(syn, SynMark.PASS);
    } else {
      verdict(syn.packet(), NF_ACCEPT, 0);
    }
  }

  /// The SYN goes on from where it is.
  void accept(Syn syn) {
    verdict(syn.packet(), NF_ACCEPT, 0);
  }

  /// The SYN is forgotten; its sender repeats it if it is there still.
  void drop(int packet) {
    verdict(packet, NF_DROP, 0);
  }

  /// All that is held goes on by itself, also what was not read yet; nat rules of the Pod that come
  /// after ours miss it. Any thread; waits for no event loop.
  void passAll() {
    mayHavePassed = true;
    write(VERDICT_BATCH, ALL_PACKETS, NF_ACCEPT, 0, null);
  }

  /// Whether what is read now may be what [#passAll] let go unread.
  boolean mayHavePassed() {
    return mayHavePassed;
  }

  /// All that is held goes through the rules once more, which must not name this queue any more.
  void handAllOn() {
    write(VERDICT_BATCH, ALL_PACKETS, NF_REPEAT, 0, null);
  }

  private void verdict(int packet, int verdict, int mark) {
    write(VERDICT, packet, verdict, mark, null);
  }

  /// @param bytes instead of the packet's own; null if they stay
  private void write(int type, int packet, int verdict, int mark, byte @Nullable [] bytes) {
    int length =
        HEADERS
            + ATTRIBUTE
            + 8
            + (mark == 0 ? 0 : ATTRIBUTE + 4)
            + (bytes == null ? 0 : ATTRIBUTE + bytes.length);
    ByteBuffer message = BYTES.get().clear();
    message.putInt(length).putShort((short) type).putShort((short) 1).putInt(0).putInt(0);
    message.put((byte) 0).put((byte) 0).putShort(networkOrder((short) number));
    message.putShort((short) (ATTRIBUTE + 8)).putShort((short) VERDICT_HDR);
    message.putInt(networkOrder(verdict)).putInt(networkOrder(packet));
    if (mark != 0) {
      message.putShort((short) (ATTRIBUTE + 4)).putShort((short) MARK).putInt(networkOrder(mark));
    }
    if (bytes != null) {
      message.putShort((short) (ATTRIBUTE + bytes.length)).putShort((short) PAYLOAD).put(bytes);
    }
    open.readLock().lock();
    try {
      if (!closed) {
        descriptor.write(message, 0, length);
      }
    } catch (IOException e) {
      log.debug("queue {}: {}", number, e.getMessage());
    } finally {
      open.readLock().unlock();
    }
  }

  private static int networkOrder(int value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
  }

  private static short networkOrder(short value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes(value);
  }

  /// Drops what is held.
  @Override
  public void close() {
    Handle begun = handle;
    if (begun == null) {
      closeSocket();
    } else {
      begun.loop.execute(begun::end);
    }
  }

  private void closeSocket() {
    open.writeLock().lock();
    try {
      closed = true;
      socket.close();
    } catch (ErrnoException e) {
      log.warn("queue {}: cannot be closed: {}", number, e.getMessage());
    } finally {
      open.writeLock().unlock();
    }
  }

  /// The queue on an event loop.
  private final class Handle implements EpollIoHandle {
    private final EventLoop loop;
    private final Consumer<Syn> syns;
    private @Nullable IoRegistration registration;
    private boolean reads = true;
    private boolean ended;

    Handle(EventLoop loop, Consumer<Syn> syns) {
      this.loop = loop;
      this.syns = syns;
    }

    /// On the event loop, as what follows.
    void begin(IoRegistration made) {
      registration = made;
      if (ended) {
        end();
      } else {
        read(reads);
      }
    }

    void read(boolean on) {
      reads = on;
      if (registration != null && registration.isValid()) {
        registration.submit(on ? EpollIoOps.EPOLLIN : EpollIoOps.NONE);
      }
    }

    void end() {
      ended = true;
      if (registration != null) {
        registration.cancel();
      }
      closeSocket();
    }

    @Override
    public FileDescriptor fd() {
      return descriptor;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
      for (int i = 0; i < AT_ONCE; i++) {
        Syn syn;
        try {
          ByteBuffer message = BYTES.get().clear();
          int length = descriptor.read(message, 0, message.capacity());
          if (length <= 0) {
            mayHavePassed = false;
            return;
          }
          syn = parse(message.limit(length));
        } catch (IOException e) {
          log.debug("queue {}: {}", number, e.getMessage()); // messages were lost: they come again
          continue;
        }
        if (syn != null) {
          syns.accept(syn);
        }
      }
    }

    @Override
    public void close() {
      closeSocket();
    }
  }

  /// One message; a packet that is not understood goes on by itself.
  private @Nullable Syn parse(ByteBuffer message) {
    if (message.limit() < HEADERS || message.getShort(4) != PACKET) {
      return null;
    }
    int packet = -1;
    int hook = 0;
    int mark = 0;
    int device = 0;
    int at = HEADERS;
    while (message.limit() - at >= ATTRIBUTE) {
      int length = message.getShort(at) & 0xffff;
      if (length < ATTRIBUTE || length > message.limit() - at) {
        break;
      }
      switch (message.getShort(at + 2) & 0x3fff) {
        case PACKET_HDR -> {
          packet = networkOrder(message.getInt(at + ATTRIBUTE));
          hook = message.get(at + ATTRIBUTE + HOOK);
        }
        case MARK -> mark = networkOrder(message.getInt(at + ATTRIBUTE));
        case OUT_DEVICE -> device = networkOrder(message.getInt(at + ATTRIBUTE));
        case PAYLOAD -> {
          Syn syn =
              Syn.read(
                  packet, hook, mark, device, message.slice(at + ATTRIBUTE, length - ATTRIBUTE));
          if (syn == null) {
            verdict(packet, NF_ACCEPT, 0);
          }
          return syn;
        }
        default -> {
          // Hook, devices, checksums: not needed.
        }
      }
      at += length + 3 & ~3;
    }
    if (packet >= 0) {
      verdict(packet, NF_ACCEPT, 0);
    }
    return null;
  }
}
