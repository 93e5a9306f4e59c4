package io.podstamp.proxyprotocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// One type-length-value vector of a header (proxy-protocol.txt, section 2.2).
public final class Tlv {
  /// `PP2_TYPE_AUTHORITY`: a host name, in UTF-8.
  public static final int AUTHORITY = 0x02;

  /// `PP2_TYPE_CRC32C`: four bytes, which [ProxyHeader] fills in.
  public static final int CRC32C = 0x03;

  /// `PP2_TYPE_UNIQUE_ID`: what tells a connection from all others.
  public static final int UNIQUE_ID = 0x05;

  /// `PP2_TYPE_MIN_CUSTOM` and `PP2_TYPE_MAX_CUSTOM`: what applications may agree on.
  public static final int LEAST_CUSTOM = 0xE0;

  public static final int MOST_CUSTOM = 0xEF;

  /// Bytes before the value: type and length.
  private static final int HEAD = 3;

  /// Section 2.2.5: "up to 128 bytes".
  private static final int LONGEST_UNIQUE_ID = 128;

  /// A host name (RFC 1035, section 2.3.4).
  private static final int LONGEST_AUTHORITY = 255;

  private final int type;
  private final byte[] value;

  private Tlv(int type, byte[] value) {
    if (type < 0 || type > 0xff || value.length > 0xffff) {
      throw new IllegalArgumentException(
          "TLV: type " + type + ", " + value.length + " bytes (expected: a byte, up to 65535)");
    }
    this.type = type;
    this.value = value;
  }

  /// One with a text, in UTF-8.
  public static Tlv of(int type, String text) {
    return new Tlv(type, text.getBytes(StandardCharsets.UTF_8));
  }

  /// The checksum of the header that it is part of.
  public static Tlv checksum() {
    return new Tlv(CRC32C, new byte[Integer.BYTES]);
  }

  public int type() {
    return type;
  }

  /// Bytes of all of it.
  public int length() {
    return HEAD + value.length;
  }

  byte[] value() {
    return value;
  }

  /// Whether receivers take a value of this length in this type; some reset the connection else.
  /// One without bytes tells nothing, and Netty reads it only when another one follows.
  boolean isLegal() {
    int most =
        switch (type) {
          case UNIQUE_ID -> LONGEST_UNIQUE_ID;
          case AUTHORITY -> LONGEST_AUTHORITY;
          default -> Integer.MAX_VALUE;
        };
    return value.length > 0 && value.length <= most;
  }

  /// Its type, as it is written in the config.
  public static String name(int type) {
    return switch (type) {
      case AUTHORITY -> "authority";
      case CRC32C -> "crc32c";
      case UNIQUE_ID -> "uniqueId";
      default -> "0x" + HexFormat.of().withUpperCase().toHexDigits((byte) type);
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tlv tlv && type == tlv.type && Arrays.equals(value, tlv.value);
  }

  @Override
  public int hashCode() {
    return 31 * type + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return name(type) + " " + new String(value, StandardCharsets.UTF_8);
  }
}
