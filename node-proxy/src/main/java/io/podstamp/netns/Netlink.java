package io.podstamp.netns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The shape of netfilter's netlink messages (`linux/netlink.h`, `linux/netfilter/nfnetlink.h`):
/// written into a buffer in native order, lengths filled in afterwards.
final class Netlink {
  /// `nlmsghdr`
  static final int HEADER_LENGTH = 16;

  /// `nlattr`
  static final int ATTRIBUTE_HEADER_LENGTH = 4;

  /// `nfgenmsg`
  static final int GENERIC_LENGTH = 4;

  static final int NLMSG_ERROR = 2;
  private static final int NLM_F_REQUEST = 0x1;
  private static final int NLA_F_NESTED = 0x8000;

  /// `NLA_TYPE_MASK`
  private static final int TYPE_MASK = 0x3fff;

  private Netlink() {}

  /// `nlmsghdr` and `nfgenmsg`; the length is filled in by the caller.
  static int message(ByteBuffer batch, int type, int flags, byte family, int resource) {
    int start = batch.position();
    batch
        .putInt(0)
        .putShort((short) type)
        .putShort((short) (flags | NLM_F_REQUEST))
        .putInt(0)
        .putInt(0);
    batch.put(family).put((byte) 0).put((byte) (resource >> 8)).put((byte) resource);
    return start;
  }

  static void text(ByteBuffer batch, int type, String value) {
    attribute(batch, type, (value + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  static void attribute(ByteBuffer batch, int type, byte[] value) {
    batch.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    batch.position(align(batch.position()));
  }

  static int open(ByteBuffer batch, int type) {
    int start = batch.position();
    batch.putShort((short) 0).putShort((short) (type | NLA_F_NESTED));
    return start;
  }

  static void close(ByteBuffer batch, int start) {
    batch.putShort(start, (short) (batch.position() - start));
  }

  static int align(int length) {
    return (length + 3) & ~3;
  }

  /// The content of an attribute among those in a buffer; null if it is not there, or not whole.
  static @Nullable ByteBuffer find(@Nullable ByteBuffer attributes, int type) {
    if (attributes == null) {
      return null;
    }
    int at = attributes.position();
    while (attributes.limit() - at >= ATTRIBUTE_HEADER_LENGTH) {
      int length = attributes.getShort(at) & 0xffff;
      if (length < ATTRIBUTE_HEADER_LENGTH || length > attributes.limit() - at) {
        return null;
      }
      if ((attributes.getShort(at + 2) & TYPE_MASK) == type) {
        return attributes
            .slice(at + ATTRIBUTE_HEADER_LENGTH, length - ATTRIBUTE_HEADER_LENGTH)
            .order(attributes.order());
      }
      at += align(length);
    }
    return null;
  }
}
