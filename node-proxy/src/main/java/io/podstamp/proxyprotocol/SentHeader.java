package io.podstamp.proxyprotocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/// A header of the PROXY protocol, version 1 or 2, that a client sends by itself before everything
/// else (haproxy's proxy-protocol.txt, sections 2.1 and 2.2).
public final class SentHeader {
  /// More bytes are needed to tell.
  public static final int INCOMPLETE = -1;

  private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] V2 = ProxyHeader.SIGNATURE;

  /// Behind [#V1], with what may follow: without one of these it is a request line or anything
  /// else.
  private static final List<byte[]> V1_FAMILIES =
      Stream.of("TCP4 ", "TCP6 ", "UNKNOWN ", "UNKNOWN\r")
          .map(family -> family.getBytes(StandardCharsets.US_ASCII))
          .toList();

  private static final byte[] REQUEST = "HTTP/".getBytes(StandardCharsets.US_ASCII);

  /// Of version 1, its line end included.
  private static final int LONGEST_LINE = 107;

  /// Of version 2: the signature, version and command, family and protocol, and the length.
  private static final int V2_BYTES = V2.length + 4;

  private SentHeader() {}

  /// Bytes of the header that begins there; 0 if none does.
  public static int length(ByteBuf in, int from, int to) {
    if (begins(V1, in, from, to)) {
      int family = from + V1.length;
      if (to <= family) {
        return INCOMPLETE;
      }
      return V1_FAMILIES.stream().anyMatch(known -> begins(known, in, family, to))
          ? lineLength(in, from, to)
          : 0;
    }
    if (begins(V2, in, from, to)) {
      if (to - from < V2_BYTES) {
        return INCOMPLETE;
      }
      int length = V2_BYTES + in.getUnsignedShort(from + V2_BYTES - 2);
      return to - from < length ? INCOMPLETE : length;
    }
    return 0;
  }

  /// Whether these bytes are the beginning of one for certain, however long it takes to be whole:
  /// all of its signature is there.
  public static boolean isSigned(ByteBuf in, int from, int to) {
    return (to - from >= V1.length && begins(V1, in, from, to))
        || (to - from >= V2.length && begins(V2, in, from, to));
  }

  private static boolean begins(byte[] signature, ByteBuf in, int from, int to) {
    int length = Math.min(signature.length, to - from);
    for (int i = 0; i < length; i++) {
      if (in.getByte(from + i) != signature[i]) {
        return false;
      }
    }
    return true;
  }

  private static int lineLength(ByteBuf in, int from, int to) {
    int end = Math.min(to, from + LONGEST_LINE);
    int lf = in.indexOf(from, end, (byte) '\n');
    if (lf < 0) {
      return end - from < LONGEST_LINE ? INCOMPLETE : 0;
    }
    boolean isRequest =
        ByteBufUtil.indexOf(Unpooled.wrappedBuffer(REQUEST), in.slice(from, lf - from)) >= 0;
    return in.getByte(lf - 1) == '\r' && !isRequest ? lf + 1 - from : 0;
  }
}
