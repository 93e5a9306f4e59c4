package io.podstamp.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// HTTP/2 as text, one char a byte: what a client may send, and what a server makes of it, read by
/// Netty's decoder.
final class Http2 {
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static final String SETTINGS = frame(4, 0, 0, "");

  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY = 0x20;

  /// `GET / http` by the static table.
  static final String GET = "\u0082\u0086\u0084";

  private Http2() {}

  static String frame(int type, int flags, int stream, String payload) {
    return frame(type, flags, stream, payload.length(), payload);
  }

  static String frame(int type, int flags, int stream, int length, String payload) {
    ByteBuf header = Unpooled.buffer();
    Frame.writeHeader(length, type, flags, stream, header);
    return header.toString(ISO_8859_1) + payload;
  }

  static String headers(int stream, String block) {
    return frame(1, END_HEADERS | END_STREAM, stream, block);
  }

  /// A block in a HEADERS frame, which does not end its stream, and as many CONTINUATION frames as
  /// it needs.
  static String inFrames(int stream, String block) {
    StringBuilder frames = new StringBuilder();
    for (int at = 0; at < block.length(); at += Frame.MOST) {
      int to = Math.min(block.length(), at + Frame.MOST);
      frames.append(
          frame(
              at == 0 ? Frame.HEADERS : Frame.CONTINUATION,
              to == block.length() ? END_HEADERS : 0,
              stream,
              block.substring(at, to)));
    }
    return frames.toString();
  }

  static String continuation(int flags, int stream, String block) {
    return frame(9, flags, stream, block);
  }

  static String data(int stream, String text) {
    return frame(0, 0, stream, text);
  }

  /// A literal that changes no table.
  static String plain(String name, String value) {
    return "\0" + string(name) + string(value);
  }

  static String indexing(String name, String value) {
    return "@" + string(name) + string(value);
  }

  static String neverIndexed(String name, String value) {
    return "\u0010" + string(name) + string(value);
  }

  static String index(int index) {
    ByteBuf bytes = Unpooled.buffer();
    io.podstamp.hpack.Literals.writeInteger(0x80, 7, index, bytes);
    return bytes.toString(ISO_8859_1);
  }

  private static String string(String text) {
    ByteBuf bytes = Unpooled.buffer();
    byte[] raw = text.getBytes(ISO_8859_1);
    io.podstamp.hpack.Literals.writeString(raw, raw.length, bytes);
    return bytes.toString(ISO_8859_1);
  }

  /// A header field as a server reads it.
  record Field(String name, String value) {
    @Override
    public String toString() {
      return name + "=" + value;
    }
  }

  /// A frame as a server reads it; a header block is one, whatever frames it came in.
  ///
  /// @param what stream, type and flags
  /// @param content of frames without fields, or what is wrong
  record Seen(String what, List<Field> fields, String content) {
    @Override
    public String toString() {
      return Stream.concat(Stream.of(what), fields.stream().map(Field::toString))
              .collect(Collectors.joining(" "))
          + content;
    }
  }

  /// What a server reads, a line for each frame.
  static List<String> read(String upstream) {
    return frames(upstream).stream().map(Seen::toString).toList();
  }

  /// What a server reads.
  static List<Seen> frames(String upstream) {
    ByteBuf in = Unpooled.copiedBuffer(upstream, ISO_8859_1);
    List<Seen> seen = new ArrayList<>();
    DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 24);
    in.skipBytes(PREFACE.length());
    while (in.isReadable()) {
      int at = in.readerIndex();
      if (in.readableBytes() < 9 || in.readableBytes() < 9 + Frame.length(in, at)) {
        seen.add(new Seen("incomplete", List.of(), ""));
        return seen;
      }
      int type = Frame.type(in, at);
      String what = "%d/%d flags %d".formatted(Frame.stream(in, at), type, Frame.flags(in, at));
      if (type != Frame.HEADERS) {
        in.skipBytes(9);
        CharSequence content = in.readCharSequence(Frame.length(in, at), ISO_8859_1);
        seen.add(new Seen(what, List.of(), " " + content));
        continue;
      }
      HeaderFrames frames = new HeaderFrames(1 << 20);
      if (frames.read(in, at, in.writerIndex()) != HeaderFrames.Progress.COMPLETE) {
        seen.add(new Seen(what, List.of(), " no block"));
        return seen;
      }
      try {
        ByteBuf all = frames.block();
        ByteBuf block = all.slice(frames.blockFrom(), frames.blockTo() - frames.blockFrom());
        List<Field> fields = new ArrayList<>();
        decoder
            .decodeHeaders(Frame.stream(in, at), block)
            .forEach(field -> fields.add(new Field("" + field.getKey(), "" + field.getValue())));
        seen.add(new Seen(what, fields, ""));
      } catch (Http2Exception e) {
        seen.add(new Seen(what, List.of(), " " + e.error()));
        return seen;
      } finally {
        frames.release();
      }
      in.skipBytes(frames.length());
    }
    return seen;
  }

  static String hex(String bytes) {
    return ByteBufUtil.hexDump(bytes.getBytes(ISO_8859_1));
  }
}
