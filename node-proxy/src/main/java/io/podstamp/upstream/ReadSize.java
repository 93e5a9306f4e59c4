package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How many bytes a read of one side asks for: 2 to 64 KiB by what the reads before it brought, and
/// up to 512 KiB while the kernel has room for them on the other side.
///
/// With each read TCP tells the sender of the room that it made, and the sender sends on, mostly on
/// our time: a long body in few reads costs half. But what a slow side does not take stays with us,
/// so a large read has to fit into its kernel's buffer.
public final class ReadSize extends DefaultMaxMessagesRecvByteBufAllocator {
  /// A request that fills its buffer costs a second read to see that it was all.
  private static final int LEAST = 2 << 10;

  private static final int MOST_UNASKED = 64 << 10;
  private static final int MOST = 512 << 10;
  private static final int GROWTH = 8;

  /// `asm-generic/socket.h`, since Linux 4.12
  private static final int SO_MEMINFO = 55;

  /// `linux/sock_diag.h`, `SK_MEMINFO_*`: places in an array of `u32`.
  private static final int SNDBUF = 3;

  private static final int WMEM_QUEUED = 5;
  private static final int VARS = 9;
  private static final RawUnixChannelOption MEMORY =
      new RawUnixChannelOption("SO_MEMINFO", Dialer.SOL_SOCKET, SO_MEMINFO, VARS * Integer.BYTES);

  private int size = LEAST;
  private int most = MOST_UNASKED;
  private boolean wasLittle;

  ReadSize() {
    super(1);
  }

  /// What decides on a channel's reads; has to be asked for before the first one.
  public static ReadSize of(Channel channel) {
    if (channel.config().<RecvByteBufAllocator>getRecvByteBufAllocator() instanceof ReadSize size) {
      return size;
    }
    ReadSize size = new ReadSize();
    channel.config().setRecvByteBufAllocator(size);
    return size;
  }

  /// Lets the next read be large, if reads are full and the other side has room.
  ///
  /// @param ahead so many bytes certainly go straight to it
  void fit(Channel receiver, long ahead) {
    if (size > MOST_UNASKED) {
      most =
          ahead > MOST_UNASKED
              ? (int) Math.max(MOST_UNASKED, Math.min(ahead, roomIn(receiver)))
              : MOST_UNASKED;
    }
  }

  /// What the kernel would take at once. It counts its own costs too, of which there may be as much
  /// again as there is payload.
  private static int roomIn(Channel receiver) {
    try {
      ByteBuffer memory = receiver.config().getOption(MEMORY).order(ByteOrder.nativeOrder());
      return (memory.getInt(SNDBUF * Integer.BYTES) - memory.getInt(WMEM_QUEUED * Integer.BYTES))
          / 2;
    } catch (ChannelException e) {
      return 0; // closed meanwhile, or an older kernel
    }
  }

  int bytes() {
    return Math.min(size, most);
  }

  /// Learns from a read.
  void brought(int bytes) {
    int asked = bytes();
    boolean isLittle = bytes <= asked / 2;
    if (bytes >= asked) {
      size = asked < MOST_UNASKED ? Math.min(asked * GROWTH, MOST_UNASKED) : MOST;
    } else if (isLittle && wasLittle) {
      size = Math.clamp(asked / 2, LEAST, MOST_UNASKED);
      isLittle = false;
    }
    wasLittle = isLittle;
  }

  @Override
  @SuppressWarnings("deprecation") // the type; Netty has no other
  public RecvByteBufAllocator.Handle newHandle() {
    return new Reads();
  }

  private final class Reads extends MaxMessageHandle {
    @Override
    public int guess() {
      return bytes();
    }

    @Override
    public void readComplete() {
      brought(totalBytesRead());
    }
  }
}
