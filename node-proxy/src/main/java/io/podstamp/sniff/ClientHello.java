package io.podstamp.sniff;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the name that a TLS client asks for out of its first record (RFC 8446, sections 4.1.2 and
/// 5.1; RFC 6066, section 3), as far as its bytes have come: nobody waits for it, and what is not
/// well-formed has no name.
public final class ClientHello {
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int VERSION_AND_RANDOM = 2 + 32;
  private static final int SERVER_NAME = 0;
  private static final int HOST_NAME = 0;

  /// RFC 1035, section 2.3.4: of a name.
  private static final int LONGEST_NAME = 255;

  /// What is left of the message; every length in it is checked against that before it is used.
  private final ByteBuf rest;

  private ClientHello(ByteBuf rest) {
    this.rest = rest;
  }

  /// The name; null if there is none, or none that can be read yet.
  ///
  /// @param in from the start of the record, which [Opening] found to be that of a ClientHello; its
  ///   indices stay
  public static @Nullable String serverName(ByteBuf in) {
    int from = in.readerIndex() + RECORD_HEADER + MESSAGE_HEADER;
    if (from > in.writerIndex()) {
      return null;
    }
    int record = RECORD_HEADER + in.getUnsignedShort(in.readerIndex() + 3);
    int to = Math.min(in.writerIndex(), in.readerIndex() + record);
    return to <= from ? null : new ClientHello(in.slice(from, to - from)).serverName();
  }

  private @Nullable String serverName() {
    boolean atExtensions =
        skip(VERSION_AND_RANDOM)
            && skip(length(1)) // legacy_session_id
            && skip(length(2)) // cipher_suites
            && skip(length(1)) // legacy_compression_methods
            && length(2) > 0; // of the extensions
    while (atExtensions && rest.readableBytes() >= 4) {
      int type = rest.readUnsignedShort();
      int length = rest.readUnsignedShort();
      if (type == SERVER_NAME) {
        return length <= rest.readableBytes()
            ? new ClientHello(rest.readSlice(length)).firstName()
            : null;
      }
      atExtensions = skip(length);
    }
    return null;
  }

  /// `ServerNameList`: RFC 6066 allows one name of each type, and there is one type only.
  private @Nullable String firstName() {
    int list = length(2);
    if (list != rest.readableBytes() || length(1) != HOST_NAME) {
      return null;
    }
    int length = length(2);
    if (length < 1 || length > LONGEST_NAME || length > rest.readableBytes()) {
      return null;
    }
    String name = rest.readCharSequence(length, StandardCharsets.ISO_8859_1).toString();
    return name.chars().allMatch(ClientHello::isOfName) ? name : null;
  }

  private static boolean isOfName(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }

  /// A length field of so many bytes; -1 if it is not there.
  private int length(int bytes) {
    if (rest.readableBytes() < bytes) {
      return -1;
    }
    return bytes == 1 ? rest.readUnsignedByte() : rest.readUnsignedShort();
  }

  private boolean skip(int bytes) {
    if (bytes < 0 || bytes > rest.readableBytes()) {
      return false;
    }
    rest.skipBytes(bytes);
    return true;
  }
}
