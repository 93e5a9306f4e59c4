package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Words;
import java.nio.charset.StandardCharsets;

/// What the fields of a head say of where its body ends, accepted only where no two servers could
/// read them differently (RFC 9112, section 6; docs/http.md, "Bodies"). Reused for every request.
final class BodyFraming {
  static final byte[] CONTENT_LENGTH = ascii("content-length");
  static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
  private static final byte[] CHUNKED = ascii("chunked");
  private static final byte[][] USUAL_LENGTH = {
    ascii("Content-Length: "), ascii("content-length: ")
  };
  private static final byte[][] USUAL_CODING = {
    ascii("Transfer-Encoding: "), ascii("transfer-encoding: ")
  };
  private static final int MOST_DIGITS = 16; // of 2^53-1

  private long contentLength;
  private boolean chunked;
  private boolean namedInConnection;
  private boolean oddlySpelt;
  private boolean oddCoding;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void reset() {
    contentLength = -1;
    chunked = false;
    namedInConnection = false;
    oddlySpelt = false;
    oddCoding = false;
  }

  /// Reads a `Content-Length` line.
  ///
  /// @return false when it leaves a doubt
  boolean readContentLength(ByteBuf in, int lineFrom, int colon, int lineTo) {
    int from = ListValue.skipBlanks(in, colon + 1, lineTo);
    int to = ListValue.trimBlanks(in, from, lineTo);
    int digits = to - from;
    if (contentLength >= 0
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
    oddlySpelt |= to != lineTo || !isUsual(USUAL_LENGTH, in, lineFrom, from);
    return length <= Certain.MOST_LENGTH;
  }

  /// The same for `Transfer-Encoding`.
  boolean readTransferEncoding(ByteBuf in, int lineFrom, int colon, int lineTo) {
    int from = ListValue.skipBlanks(in, colon + 1, lineTo);
    int to = ListValue.trimBlanks(in, from, lineTo);
    boolean first = !chunked;
    chunked = Octets.equalsIgnoreCase(in, from, to, CHUNKED);
    oddCoding |= !Octets.startsWith(in, from, to, CHUNKED);
    oddlySpelt |= to != lineTo || !isUsual(USUAL_CODING, in, lineFrom, from);
    return first && chunked;
  }

  private static boolean isUsual(byte[][] spellings, ByteBuf in, int from, int to) {
    for (byte[] spelling : spellings) {
      if (to - from == spelling.length && Octets.startsWith(in, from, to, spelling)) {
        return true;
      }
    }
    return false;
  }

  /// A next hop would drop what `Connection` names.
  void readConnection(ByteBuf in, int from, int to) {
    namedInConnection |= Words.any(in, from, to, BodyFraming::isName);
  }

  private static boolean isName(ByteBuf in, int from, int to) {
    return Octets.equalsIgnoreCase(in, from, to, TRANSFER_ENCODING)
        || Octets.equalsIgnoreCase(in, from, to, CONTENT_LENGTH);
  }

  /// Whether all fields together leave no doubt.
  boolean isCertain(boolean http10) {
    return !hasBody() || (!namedInConnection && (!chunked || (contentLength < 0 && !http10)));
  }

  boolean hasBody() {
    return chunked || contentLength > 0;
  }

  boolean isChunked() {
    return chunked;
  }

  /// Whether names or blanks are not as almost all clients write them: a server may not know them.
  boolean isOddlySpelt() {
    return oddlySpelt;
  }

  /// Whether `chunked` is not in lower case: two servers know no other.
  boolean isOddCoding() {
    return oddCoding;
  }

  /// Bytes of the body; 0 without one, or when it is chunked.
  long contentLength() {
    return Math.max(0, contentLength);
  }
}
