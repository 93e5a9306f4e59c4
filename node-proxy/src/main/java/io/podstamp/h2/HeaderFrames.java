package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Where one header block is: in a HEADERS frame and the CONTINUATION frames that follow it (RFC
/// 9113, sections 6.2 and 6.10). Reused for every block.
final class HeaderFrames {
  /// Beside those that a block needs: as nghttp2 has it since CVE-2024-28182, the flood of
  /// CVE-2024-27316 in its own words.
  private static final int MOST_IDLE_CONTINUATIONS = 8;

  /// What a frame may have beside its part of the block: pad length, priority, padding.
  private static final int MOST_BESIDE_BLOCK = 1 + 5 + 255;

  /// What there is.
  enum Progress {
    INCOMPLETE,
    COMPLETE,
    /// Its padding or priority does not fit into the HEADERS frame.
    MISFIT,
    /// Another frame stands between those of the block.
    INTERRUPTED,
    TOO_LARGE
  }

  private final int mostBlock;
  private final int mostContinuations;
  private ByteBuf in = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private int frame;
  private int end;
  private int beside;
  private int padding;
  private int longest;
  private @Nullable ByteBuf joined;

  /// @param mostBlock how long a block may be, in bytes
  HeaderFrames(int mostBlock) {
    this.mostBlock = mostBlock;
    this.mostContinuations = MOST_IDLE_CONTINUATIONS + (mostBlock - 1) / Frame.MOST;
  }

  /// How long a block may be, in bytes.
  int mostBlock() {
    return mostBlock;
  }

  /// Looks at what is there from a HEADERS frame on; asked again when there is more.
  Progress read(ByteBuf bytes, int from, int to) {
    in = bytes;
    frame = from;
    int length = Frame.length(in, frame);
    longest = Math.max(Frame.MOST, length);
    if (length > mostBlock + MOST_BESIDE_BLOCK) {
      return Progress.TOO_LARGE;
    }
    end = from + Frame.HEADER + length;
    if (end > to) {
      return Progress.INCOMPLETE;
    }
    if (!fits(length)) {
      return Progress.MISFIT;
    }
    int block = partTo() - partFrom();
    boolean ended = Frame.endsHeaders(in, frame);
    for (int count = 0; !ended; count++) {
      if (end + Frame.HEADER > to) {
        return Progress.INCOMPLETE;
      }
      if (Frame.type(in, end) != Frame.CONTINUATION
          || Frame.stream(in, end) != Frame.stream(in, frame)) {
        return Progress.INTERRUPTED;
      }
      int part = Frame.length(in, end);
      block += part;
      if (block > mostBlock || count == mostContinuations) {
        return Progress.TOO_LARGE;
      }
      ended = Frame.endsHeaders(in, end);
      longest = Math.max(longest, part);
      end += Frame.HEADER + part;
      if (end > to) {
        return Progress.INCOMPLETE;
      }
    }
    return block > mostBlock ? Progress.TOO_LARGE : Progress.COMPLETE;
  }

  private boolean fits(int length) {
    int flags = Frame.flags(in, frame);
    boolean padded = (flags & Frame.PADDED) != 0;
    beside = (padded ? 1 : 0) + ((flags & Frame.PRIORITY) != 0 ? 5 : 0);
    if (beside > length) {
      return false;
    }
    padding = padded ? in.getUnsignedByte(frame + Frame.HEADER) : 0;
    return padding <= length - beside;
  }

  /// Whether one is longer than what every server takes.
  boolean hasLongFrame() {
    return longest > Frame.MOST;
  }

  /// Where the part of the block begins that the HEADERS frame has.
  int partFrom() {
    return frame + Frame.HEADER + beside;
  }

  int partTo() {
    return frame + Frame.HEADER + Frame.length(in, frame) - padding;
  }

  /// Where the HEADERS frame is.
  int from() {
    return frame;
  }

  int stream() {
    return Frame.stream(in, frame);
  }

  /// Whether the client sends nothing more on the stream.
  boolean endStream() {
    return (Frame.flags(in, frame) & Frame.END_STREAM) != 0;
  }

  /// Bytes of all its frames.
  int length() {
    return end - frame;
  }

  /// What has the block in one piece: the bytes it came in, or a copy that [#release] ends.
  ByteBuf block() {
    if (Frame.endsHeaders(in, frame)) {
      return in;
    }
    ByteBuf all = in.alloc().buffer(end - frame).writeBytes(in, partFrom(), partTo() - partFrom());
    for (int next = frame + Frame.HEADER + Frame.length(in, frame); next < end; ) {
      int part = Frame.length(in, next);
      all.writeBytes(in, next + Frame.HEADER, part);
      next += Frame.HEADER + part;
    }
    joined = all;
    return all;
  }

  /// Where it begins in [#block].
  int blockFrom() {
    return joined == null ? partFrom() : 0;
  }

  int blockTo() {
    return joined == null ? partTo() : joined.writerIndex();
  }

  void release() {
    if (joined != null) {
      joined.release();
      joined = null;
    }
  }

  /// Writes the header and all that comes before the block, as it came.
  void writeBegin(ByteBuf out) {
    out.writeBytes(in, frame, Frame.HEADER + beside);
  }

  /// Makes frames of what was written: one where that is possible. None is longer than what every
  /// server takes, or, if that is more, than the client's own, which the server judges.
  ///
  /// @param begin where [#writeBegin] wrote; the block goes from there to the end
  void writeEnd(int begin, ByteBuf out) {
    int blockFrom = begin + Frame.HEADER + beside;
    int block = out.writerIndex() - blockFrom;
    int room = longest - beside - padding;
    if (block <= room) {
      out.writeBytes(in, partTo(), padding);
      out.setMedium(begin, beside + block + padding);
      out.setByte(begin + 4, Frame.flags(in, frame) | Frame.END_HEADERS);
      return;
    }
    ByteBuf rest = out.copy(blockFrom + room, block - room);
    out.writerIndex(blockFrom + room).writeBytes(in, partTo(), padding);
    out.setMedium(begin, longest);
    out.setByte(begin + 4, Frame.flags(in, frame) & ~Frame.END_HEADERS);
    while (rest.isReadable()) {
      int part = Math.min(longest, rest.readableBytes());
      int flags = part == rest.readableBytes() ? Frame.END_HEADERS : 0;
      Frame.writeHeader(part, Frame.CONTINUATION, flags, stream(), out);
      out.writeBytes(rest, part);
    }
    rest.release();
  }
}
