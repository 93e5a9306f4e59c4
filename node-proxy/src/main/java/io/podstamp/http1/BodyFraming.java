package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import java.nio.charset.StandardCharsets;

/// What the fields of a head say of where its body ends, accepted only where no two servers could
/// read them differently (RFC 9112, section 6; HTTP.md, "The framer"). Reused for every request.
final class BodyFraming {
  static final byte[] CONTENT_LENGTH = "content-length".getBytes(StandardCharsets.US_ASCII);
  static final byte[] TRANSFER_ENCODING = "transfer-encoding".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST_DIGITS = 19; // of 2^63-1

  private long contentLength;
  private boolean chunked;
  private boolean namedInConnection;

  void reset() {
    contentLength = -1;
    chunked = false;
    namedInConnection = false;
  }

  /// Reads a line whose field is, or passes for, one that frames.
  ///
  /// @return false when it leaves a doubt
  boolean readContentLength(ByteBuf in, int lineFrom, int colon, int lineTo) {
    int from = ListValue.skipBlanks(in, colon + 1, lineTo);
    int to = ListValue.trimBlanks(in, from, lineTo);
    int digits = to - from;
    if (contentLength >= 0
        || !Octets.equalsIgnoreCase(in, lineFrom, colon, CONTENT_LENGTH)
        || digits < 1
        || digits > MOST_DIGITS
        || (digits > 1 && in.getByte(from) == '0')) {
      return false;
    }
    long length = 0;
    for (int i = from; i < to; i++) {
      int digit = in.getByte(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      length = length * 10 + digit;
    }
    contentLength = length;
    return length >= 0;
  }

  /// The same for the other one.
  boolean readTransferEncoding(ByteBuf in, int lineFrom, int colon, int lineTo) {
    int from = ListValue.skipBlanks(in, colon + 1, lineTo);
    int to = ListValue.trimBlanks(in, from, lineTo);
    boolean first = !chunked;
    chunked = Octets.equalsIgnoreCase(in, from, to, CHUNKED);
    return first && chunked && Octets.equalsIgnoreCase(in, lineFrom, colon, TRANSFER_ENCODING);
  }

  /// A next hop would drop what `Connection` names.
  void readConnection(ByteBuf in, int from, int to) {
    namedInConnection |= ListValue.contains(in, from, to, TRANSFER_ENCODING);
  }

  /// Whether all fields together leave no doubt.
  boolean isCertain(boolean http10) {
    return !chunked || (contentLength < 0 && !http10 && !namedInConnection);
  }

  boolean hasBody() {
    return chunked || contentLength > 0;
  }

  boolean isChunked() {
    return chunked;
  }

  /// Bytes of the body; 0 without one, or when it is chunked.
  long contentLength() {
    return Math.max(0, contentLength);
  }
}
