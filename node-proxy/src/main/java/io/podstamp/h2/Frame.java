package io.podstamp.h2;

import io.netty.buffer.ByteBuf;

/// The bytes of frames (RFC 9113, sections 4.1 and 6.2), where this package looks at them.
final class Frame {
  /// Length, type, flags and stream.
  static final int HEADER = 9;

  /// What every receiver takes (section 4.2).
  static final int MOST = 16384;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int PUSH_PROMISE = 5;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY = 0x20;

  private Frame() {}

  /// Bytes after the header.
  static int length(ByteBuf in, int frame) {
    return in.getUnsignedMedium(frame);
  }

  static int type(ByteBuf in, int frame) {
    return in.getUnsignedByte(frame + 3);
  }

  static int flags(ByteBuf in, int frame) {
    return in.getUnsignedByte(frame + 4);
  }

  static int stream(ByteBuf in, int frame) {
    return in.getInt(frame + 5) & 0x7fff_ffff;
  }

  static boolean endsHeaders(ByteBuf in, int frame) {
    return (flags(in, frame) & END_HEADERS) != 0;
  }

  static void writeHeader(int length, int type, int flags, int stream, ByteBuf out) {
    out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
  }
}
