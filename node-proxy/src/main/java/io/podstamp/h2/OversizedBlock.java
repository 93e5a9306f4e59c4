package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.hpack.BlockReader;
import io.podstamp.hpack.BlockReader.Kind;
import io.podstamp.hpack.DynamicTable;
import io.podstamp.hpack.Literals;
import java.util.function.BooleanSupplier;

/// Follows one header block that is too long to be held, frame by frame. Nothing of it is kept but
/// what later blocks of the client refer to: its table. What stands for the block is a request that
/// every server must refuse, by a stream error (RFC 9113, section 8.1.1): so one request too large
/// costs itself, and not all others of its connection.
///
/// The server's table follows in its size alone (RFC 7541, section 6.3).
final class OversizedBlock {
  /// How long a block may be that is followed, in bytes: it holds up its connection until it ends.
  private static final int MOST_FOLLOWED = 16 << 20;

  /// As of a block that is held: frames beside those that it needs.
  private static final int MOST_IDLE_CONTINUATIONS = 8;

  /// A string of a field that is held until it is whole. A longer value is skipped.
  private static final int MOST_HELD = 64 << 10;

  /// Huffman's longest code has 30 bits (RFC 7541, appendix B).
  private static final int LONGEST_CODE = 30;

  /// No more than this is written.
  static final int MOST_WRITTEN = 32;

  /// What became of a frame.
  enum Progress {
    /// More of it has to come.
    INCOMPLETE,
    /// It was taken, and was not the last one.
    GOES_ON,
    COMPLETE,
    /// Another frame stands between those of the block.
    INTERRUPTED,
    /// There are too many frames, or bytes, to be followed.
    TOO_LARGE,
    /// What the receiver must treat as a decoding error.
    BROKEN
  }

  private final int stream;
  private final boolean endStream;
  private final int firstFrom;
  private final int firstTo;
  private final BlockReader reader;
  private final DynamicTable client;
  private final DynamicTable server;
  private final BooleanSupplier wellFormed;
  private final ByteBuf rest = Unpooled.buffer(0);

  private boolean begun;
  private int continuations;
  private int bytes;
  private int toSkip;
  private boolean hasField;
  private int smallest = -1;
  private int size = -1;

  /// @param frames has just read the first frame, which comes again
  /// @param wellFormed whether the field that was read last is
  OversizedBlock(
      HeaderFrames frames,
      BlockReader reader,
      DynamicTable client,
      DynamicTable server,
      BooleanSupplier wellFormed) {
    this.stream = frames.stream();
    this.endStream = frames.endStream();
    this.firstFrom = frames.partFrom() - frames.from();
    this.firstTo = frames.partTo() - frames.from();
    this.reader = reader;
    this.client = client;
    this.server = server;
    this.wellFormed = wellFormed;
  }

  int stream() {
    return stream;
  }

  boolean endStream() {
    return endStream;
  }

  /// Takes the next frame, if all of it is there.
  Progress readFrame(ByteBuf in) {
    if (in.readableBytes() < Frame.HEADER) {
      return Progress.INCOMPLETE;
    }
    int frame = in.readerIndex();
    int length = Frame.length(in, frame);
    if (begun
        && (Frame.type(in, frame) != Frame.CONTINUATION || Frame.stream(in, frame) != stream)) {
      return Progress.INTERRUPTED;
    }
    if (length > Frame.MOST || isTooMuch(length)) {
      return Progress.TOO_LARGE;
    }
    if (in.readableBytes() < Frame.HEADER + length) {
      return Progress.INCOMPLETE;
    }
    boolean last = Frame.endsHeaders(in, frame);
    int from = frame + (begun ? Frame.HEADER : firstFrom);
    int to = frame + (begun ? Frame.HEADER + length : firstTo);
    continuations += begun ? 1 : 0;
    bytes += to - from;
    begun = true;
    Progress progress = readPart(in, from, to);
    in.skipBytes(Frame.HEADER + length);
    if (progress != Progress.GOES_ON || !last) {
      return progress;
    }
    return rest.isReadable() || toSkip > 0 ? Progress.BROKEN : Progress.COMPLETE;
  }

  private boolean isTooMuch(int length) {
    return bytes + length > MOST_FOLLOWED
        || continuations > MOST_IDLE_CONTINUATIONS + bytes / Frame.MOST;
  }

  private Progress readPart(ByteBuf in, int from, int to) {
    int skipped = Math.min(toSkip, to - from);
    toSkip -= skipped;
    if (skipped == to - from) {
      return Progress.GOES_ON;
    }
    rest.discardReadBytes().writeBytes(in, from + skipped, to - from - skipped);
    reader.begin(rest, rest.readerIndex(), rest.writerIndex());
    while (true) {
      Kind kind = reader.next(client);
      switch (kind) {
        case END -> {
          rest.clear();
          return Progress.GOES_ON;
        }
        case TRUNCATED -> {
          return goOnLater();
        }
        case BROKEN -> {
          return Progress.BROKEN;
        }
        case SIZE_UPDATE -> {
          if (hasField || reader.number() > BlockStamper.MOST_TABLE) {
            return Progress.BROKEN;
          }
          resize(reader.number());
        }
        case WITH_INDEXING -> {
          client.insert(reader.toEntry(wellFormed.getAsBoolean()));
          hasField = true;
        }
        case INDEXED, WITHOUT_INDEXING, NEVER_INDEXED -> hasField = true;
      }
    }
  }

  private void resize(int to) {
    client.resize(to);
    server.resize(to);
    smallest = smallest < 0 ? to : Math.min(smallest, to);
    size = to;
  }

  /// Keeps what began and is not whole, or skips it where that leaves no table in doubt.
  private Progress goOnLater() {
    int value = reader.truncatedValue();
    if (value > MOST_HELD) {
      if (rest.getByte(reader.from()) >= 0x40) { // an entry, which is to empty the table
        if ((long) value * Byte.SIZE / LONGEST_CODE <= client.mostSize()) {
          return Progress.TOO_LARGE;
        }
        client.clear();
      }
      hasField = true;
      toSkip = value - (rest.writerIndex() - reader.truncatedValueFrom());
      rest.clear();
      return Progress.GOES_ON;
    }
    rest.readerIndex(reader.from());
    return rest.readableBytes() > 2 * MOST_HELD ? Progress.TOO_LARGE : Progress.GOES_ON;
  }

  /// Writes what stands for the block.
  void write(ByteBuf out) {
    int begin = out.writerIndex();
    Frame.writeHeader(
        0, Frame.HEADERS, Frame.END_HEADERS | (endStream ? Frame.END_STREAM : 0), stream, out);
    if (size >= 0) {
      if (smallest < size) {
        Literals.writeInteger(0x20, 5, smallest, out);
      }
      Literals.writeInteger(0x20, 5, size, out);
    }
    out.writeBytes(BlockStamper.MALFORMED);
    out.setMedium(begin, out.writerIndex() - begin - Frame.HEADER);
  }
}
