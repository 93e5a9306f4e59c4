package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.podstamp.sniff.Opening;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The name in the `Host` of a connection's first request (RFC 9110, section 7.2), as far as its
/// bytes have come.
///
/// @param isDecided false while more bytes are needed
/// @param name null when the request names no host but an address, or is none of HTTP/1
record HostField(boolean isDecided, @Nullable String name) {
  private static final HostField NOT_YET = new HostField(false, null);
  private static final HostField NONE = new HostField(true, null);
  private static final int MOST_BYTES = 64 << 10;
  private static final String FIELD = "host:";

  /// Reads from the start of the connection.
  static HostField read(ByteBuf in) {
    return switch (Opening.of(in, in.readerIndex(), in.writerIndex())) {
      case INCOMPLETE -> NOT_YET;
      case HTTP1 -> inHead(in);
      case TLS, HTTP2, UNKNOWN, TOO_LARGE -> NONE;
    };
  }

  private static HostField inHead(ByteBuf in) {
    boolean sawRequestLine = false;
    int from = in.readerIndex();
    int lf = in.indexOf(from, in.writerIndex(), (byte) '\n');
    while (lf >= 0) {
      String line = in.toString(from, lf - from, StandardCharsets.ISO_8859_1).stripTrailing();
      if (line.isEmpty() && sawRequestLine) {
        return NONE;
      }
      if (line.regionMatches(true, 0, FIELD, 0, FIELD.length())) {
        return new HostField(true, name(line.substring(FIELD.length()).strip()));
      }
      sawRequestLine |= !line.isEmpty();
      from = lf + 1;
      lf = in.indexOf(from, in.writerIndex(), (byte) '\n');
    }
    return in.readableBytes() < MOST_BYTES ? NOT_YET : NONE;
  }

  private static @Nullable String name(String value) {
    int colon = value.indexOf(':', value.indexOf(']') + 1);
    String host = (colon < 0 ? value : value.substring(0, colon)).toLowerCase(Locale.ROOT);
    return host.isEmpty() || host.startsWith("[") || NetUtil.isValidIpV4Address(host) ? null : host;
  }
}
