package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.podstamp.metrics.Reason;

/// Frames of ours that carry nothing of the client's, and that make the server answer what the
/// client's own would have made it answer: a connection error (RFC 9113, section 5.4.1).
final class ErrorFrames {
  /// No table has it: COMPRESSION_ERROR (RFC 7541, section 6.1).
  private static final byte[] INDEX_0 = {(byte) 0x80};

  /// A literal whose name of one byte is missing. To some servers it is a FRAME_SIZE_ERROR.
  private static final byte[] NO_NAME = {0, 1};

  private ErrorFrames() {}

  /// For a block that could not be written.
  ///
  /// @return why, for callers that count it
  static Reason write(BlockStamper.Outcome outcome, int stream, ByteBuf out) {
    switch (outcome) {
      case BROKEN -> writeBlock(INDEX_0, stream, out);
      case TRUNCATED -> writeBlock(NO_NAME, stream, out);
      case TOO_LARGE -> {
        writeContinuation(stream, out);
        return Reason.HEAD_TOO_LARGE;
      }
      case WRITTEN -> throw new IllegalArgumentException("nothing is wrong");
    }
    return Reason.ODD_HEAD;
  }

  private static void writeBlock(byte[] block, int stream, ByteBuf out) {
    Frame.writeHeader(block.length, Frame.HEADERS, Frame.END_HEADERS, stream, out);
    out.writeBytes(block);
  }

  /// For a frame whose padding or priority does not fit: the same with nothing else in it.
  static void writeMisfit(ByteBuf in, int frame, ByteBuf out) {
    int length = Frame.length(in, frame);
    int kept = Math.min(1, length);
    out.writeBytes(in, frame, Frame.HEADER + kept).writeZero(length - kept);
  }

  /// For a frame in the wrong place, and for what nothing better is known for: a CONTINUATION that
  /// continues nothing is a PROTOCOL_ERROR (RFC 9113, section 6.10).
  static void writeContinuation(int stream, ByteBuf out) {
    Frame.writeHeader(0, Frame.CONTINUATION, Frame.END_HEADERS, stream, out);
  }
}
