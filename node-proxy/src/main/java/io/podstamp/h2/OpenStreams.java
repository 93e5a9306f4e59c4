package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;

/// Which streams of one connection are open (RFC 9113, section 5.1), so that a connection on which
/// nothing is outstanding can be told from one whose server pauses. A stream is open from the
/// client's HEADERS, or from the server's PUSH_PROMISE, until both sides have ended it or one has
/// reset it.
///
/// Of the server's bytes only the headers of frames are read; none is held or changed.
public final class OpenStreams {
  /// Who has ended a stream, as long as it is open.
  private enum Ended {
    BY_NOBODY,
    BY_CLIENT,
    BY_SERVER
  }

  /// Clients that a server has not told otherwise keep to 100 (section 6.5.2); a stream that is
  /// never answered stays here as long as its connection.
  static final int MOST_OPEN = 4096;

  private final IntObjectMap<Ended> open = new IntObjectHashMap<>();
  private boolean unknown;

  /// How many bytes of a frame's header, and behind it of what is read of a promise, have come.
  private int seen;

  private long lengthTypeFlags;
  private int stream;
  private int promised;

  /// Bytes of the frame's payload that are to come.
  private int payload;

  /// A stream whose last header block goes on in CONTINUATION frames; 0 if there is none.
  private int endsWithBlock;

  /// The client sent a header block: a request, or trailers.
  void onClientHeaders(int id, boolean isRequest, boolean isLast) {
    if (isRequest) {
      open(id, Ended.BY_NOBODY);
    }
    if (isLast) {
      end(id, Ended.BY_CLIENT);
    }
  }

  /// The client sent the header of another frame.
  void onClientFrame(ByteBuf in, int frame) {
    onFrame(
        Frame.type(in, frame), Frame.flags(in, frame), Frame.stream(in, frame), Ended.BY_CLIENT);
  }

  /// What the server sends can be followed no more: where its frames begin is not known.
  void giveUp() {
    unknown = true;
    open.clear();
  }

  /// Whether no stream is open, and the server is between two frames. False when that is not known.
  boolean isAtRest() {
    return !unknown && open.isEmpty() && seen == 0 && endsWithBlock == 0;
  }

  /// Hears what the server said, from its first byte on; the bytes stay as they are.
  public void readServer(ByteBuf bytes) {
    int from = bytes.readerIndex();
    int to = bytes.writerIndex();
    while (from < to && !unknown) {
      if (seen < Frame.HEADER) {
        from = readHeader(bytes, from, to);
      } else if (payload > 0) {
        from += readPayload(bytes, from, to);
      }
      if (seen >= Frame.HEADER && payload == 0) {
        onServerFrame();
      }
    }
  }

  private int readHeader(ByteBuf bytes, int from, int to) {
    if (seen == 0 && to - from >= Frame.HEADER) {
      lengthTypeFlags = bytes.getLong(from) >>> 24;
      stream = Frame.stream(bytes, from);
      seen = Frame.HEADER;
      payload = length();
      return from + Frame.HEADER;
    }
    int b = bytes.getUnsignedByte(from);
    if (seen < 5) {
      lengthTypeFlags = (seen == 0 ? 0 : lengthTypeFlags << Byte.SIZE) | b;
    } else {
      stream = (seen == 5 ? b & 0x7f : stream << Byte.SIZE | b);
    }
    seen++;
    payload = length();
    return from + 1;
  }

  private int length() {
    return (int) (lengthTypeFlags >>> 16);
  }

  private int type() {
    return (int) lengthTypeFlags >>> 8 & 0xff;
  }

  private int flags() {
    return (int) lengthTypeFlags & 0xff;
  }

  /// Skips it, but for the stream that a PUSH_PROMISE names: its first four bytes, behind the
  /// length of its padding (section 6.6).
  ///
  /// @return how many bytes were read
  private int readPayload(ByteBuf bytes, int from, int to) {
    int promiseAt = promiseAt();
    if (type() != Frame.PUSH_PROMISE || seen == promiseAt + Integer.BYTES) {
      int skipped = Math.min(payload, to - from);
      payload -= skipped;
      return skipped;
    }
    if (seen >= promiseAt) {
      promised = (seen == promiseAt ? 0 : promised << Byte.SIZE) | bytes.getUnsignedByte(from);
    }
    seen++;
    payload--;
    return 1;
  }

  private int promiseAt() {
    return (flags() & Frame.PADDED) == 0 ? Frame.HEADER : Frame.HEADER + 1;
  }

  private void onServerFrame() {
    switch (type()) {
      case Frame.PUSH_PROMISE -> {
        if (seen == promiseAt() + Integer.BYTES) {
          open(promised & 0x7fff_ffff, Ended.BY_CLIENT);
        } else {
          giveUp();
        }
      }
      case Frame.HEADERS -> {
        if ((flags() & Frame.END_STREAM) != 0) {
          endsWithBlock = stream;
        }
        onServerBlock();
      }
      case Frame.CONTINUATION -> onServerBlock();
      default -> onFrame(type(), flags(), stream, Ended.BY_SERVER);
    }
    seen = 0;
  }

  /// A header block that ends its stream does so with its last frame.
  private void onServerBlock() {
    if ((flags() & Frame.END_HEADERS) != 0 && endsWithBlock != 0) {
      end(endsWithBlock, Ended.BY_SERVER);
      endsWithBlock = 0;
    }
  }

  private void onFrame(int type, int flags, int id, Ended by) {
    if (type == Frame.RST_STREAM) {
      open.remove(id);
    } else if (type == Frame.DATA && (flags & Frame.END_STREAM) != 0) {
      end(id, by);
    }
  }

  private void open(int id, Ended already) {
    if (open.size() == MOST_OPEN) {
      giveUp();
    } else if (!unknown) {
      open.put(id, already);
    }
  }

  private void end(int id, Ended by) {
    Ended before = open.get(id);
    if (before == Ended.BY_NOBODY) {
      open.put(id, by);
    } else if (before != null && before != by) {
      open.remove(id);
    }
  }
}
