package io.podstamp.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.HashMap;
import java.util.Map;

/// The bytes on the Unix socket, in network order:
///
///     message   "PSTP"  version (1)  kind 'q' or 'r'  u32 length of the body  body
///     request   u32 count of variables  { field name  field value }  field stdin
///     reply     u8 exit code  field stdout
///     field     u32 length  bytes (names and values: UTF-8)
///
/// A message is at most [#MAX_MESSAGE] bytes; every length is checked against what is left before
/// anything is allocated. Channels must be blocking. Nothing here keeps state: any thread may call.
public final class Codec {
  /// The largest message, header included, in bytes. A network configuration with the result of a
  /// many-homed Pod is some 10 KiB.
  public static final int MAX_MESSAGE = 4 << 20;

  private static final int MAGIC = 'P' << 24 | 'S' << 16 | 'T' << 8 | 'P';
  static final byte VERSION = 1;
  private static final byte REQUEST = 'q';
  private static final byte REPLY = 'r';
  private static final int HEADER = 10;

  private Codec() {}

  /// Writes a request.
  ///
  /// @throws BrokenMessageException when it would be larger than [#MAX_MESSAGE]; nothing is written
  public static void write(WritableByteChannel channel, Request request) throws IOException {
    int count = request.environment().size();
    byte[][] texts = new byte[2 * count][];
    long size = Integer.BYTES + field(request.stdin());
    int at = 0;
    for (Map.Entry<String, String> variable : request.environment().entrySet()) {
      texts[at] = variable.getKey().getBytes(UTF_8);
      texts[at + 1] = variable.getValue().getBytes(UTF_8);
      size += field(texts[at]) + field(texts[at + 1]);
      at += 2;
    }
    ByteBuffer message = message(REQUEST, size).putInt(count);
    for (byte[] text : texts) {
      message.putInt(text.length).put(text);
    }
    message.putInt(request.stdin().length).put(request.stdin());
    drain(channel, message.flip());
  }

  /// Writes a reply.
  ///
  /// @throws BrokenMessageException when it would be larger than [#MAX_MESSAGE]; nothing is written
  public static void write(WritableByteChannel channel, Reply reply) throws IOException {
    ByteBuffer message = message(REPLY, 1 + field(reply.stdout()));
    message.put((byte) reply.exitCode()).putInt(reply.stdout().length).put(reply.stdout());
    drain(channel, message.flip());
  }

  /// Reads one request and not a byte more.
  ///
  /// @throws BrokenMessageException when the bytes are not a request
  public static Request readRequest(ReadableByteChannel channel) throws IOException {
    ByteBuffer body = body(channel, REQUEST);
    int count = length(body);
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String name = new String(bytes(body), UTF_8);
      if (environment.put(name, new String(bytes(body), UTF_8)) != null) {
        throw new BrokenMessageException("variable " + name + " comes twice");
      }
    }
    byte[] stdin = bytes(body);
    requireEnd(body);
    try {
      return new Request(environment, stdin);
    } catch (IllegalArgumentException e) {
      throw new BrokenMessageException("variable " + e.getMessage());
    }
  }

  /// Reads one reply and not a byte more.
  ///
  /// @throws BrokenMessageException when the bytes are not a reply
  public static Reply readReply(ReadableByteChannel channel) throws IOException {
    ByteBuffer body = body(channel, REPLY);
    if (!body.hasRemaining()) {
      throw new BrokenMessageException("the reply is empty (expected: an exit code)");
    }
    int exitCode = Byte.toUnsignedInt(body.get());
    byte[] stdout = bytes(body);
    requireEnd(body);
    return new Reply(exitCode, stdout);
  }

  private static long field(byte[] bytes) {
    return Integer.BYTES + (long) bytes.length;
  }

  private static ByteBuffer message(byte kind, long bodySize) throws BrokenMessageException {
    requireFits(bodySize);
    return ByteBuffer.allocate(HEADER + (int) bodySize)
        .putInt(MAGIC)
        .put(VERSION)
        .put(kind)
        .putInt((int) bodySize);
  }

  private static ByteBuffer body(ReadableByteChannel channel, byte kind) throws IOException {
    ByteBuffer header = fill(channel, HEADER, "header");
    int magic = header.getInt();
    byte version = header.get();
    byte actualKind = header.get();
    long size = Integer.toUnsignedLong(header.getInt());
    if (magic != MAGIC) {
      throw new BrokenMessageException(
          "starts with 0x" + Integer.toHexString(magic) + " (expected: a podstamp message)");
    }
    if (version != VERSION) {
      throw new BrokenMessageException(
          "version "
              + version
              + " (expected: "
              + VERSION
              + "; maybe plugin and agent are of different releases)");
    }
    if (actualKind != kind) {
      throw new BrokenMessageException(
          "kind " + actualKind + " (expected: " + kind + ", a " + name(kind) + ")");
    }
    requireFits(size);
    return fill(channel, (int) size, name(kind));
  }

  private static String name(byte kind) {
    return kind == REQUEST ? "request" : "reply";
  }

  private static void requireFits(long bodySize) throws BrokenMessageException {
    if (bodySize > MAX_MESSAGE - HEADER) {
      throw new BrokenMessageException(
          HEADER + bodySize + " bytes (expected: at most " + MAX_MESSAGE + ")");
    }
  }

  private static ByteBuffer fill(ReadableByteChannel channel, int size, String what)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          throw new EOFException("closed without the " + what);
        }
        throw new BrokenMessageException(
            "ends after " + buffer.position() + " of " + size + " bytes of the " + what);
      }
    }
    return buffer.flip();
  }

  private static byte[] bytes(ByteBuffer body) throws BrokenMessageException {
    byte[] bytes = new byte[length(body)];
    body.get(bytes);
    return bytes;
  }

  /// A length or count that the rest of the body can hold: whatever is counted takes a byte.
  private static int length(ByteBuffer body) throws BrokenMessageException {
    if (body.remaining() < Integer.BYTES) {
      throw new BrokenMessageException("the message ends where a length is expected");
    }
    long length = Integer.toUnsignedLong(body.getInt());
    if (length > body.remaining()) {
      throw new BrokenMessageException(
          "a length of " + length + " (expected: at most " + body.remaining() + ", what is left)");
    }
    return (int) length;
  }

  private static void requireEnd(ByteBuffer body) throws BrokenMessageException {
    if (body.hasRemaining()) {
      throw new BrokenMessageException(body.remaining() + " bytes too many in the message");
    }
  }

  private static void drain(WritableByteChannel channel, ByteBuffer message) throws IOException {
    while (message.hasRemaining()) {
      channel.write(message);
    }
  }
}
