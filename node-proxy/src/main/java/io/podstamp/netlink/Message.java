package io.podstamp.netlink;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/// One message from the kernel.
///
/// @param body what follows the header `nlmsghdr`, in native order
public record Message(int type, int flags, int sequence, ByteBuffer body) {
  /// `struct nlmsghdr`
  static final int HEADER_LENGTH = 16;

  /// `struct nfgenmsg`
  private static final int NETFILTER_HEADER_LENGTH = 4;

  static final int ERROR = 2;
  static final int DONE = 3;
  static final int F_DUMP_INTR = 0x10;

  /// Takes the next message off a datagram.
  static Message next(ByteBuffer datagram) throws ProtocolException {
    int start = datagram.position();
    int length = datagram.remaining() < HEADER_LENGTH ? 0 : datagram.getInt(start);
    if (length < HEADER_LENGTH || length > datagram.remaining()) {
      throw new ProtocolException("netlink: a message that is not whole");
    }
    Message message =
        new Message(
            datagram.getShort(start + 4) & 0xffff,
            datagram.getShort(start + 6) & 0xffff,
            datagram.getInt(start + 8),
            datagram.slice(start + HEADER_LENGTH, length - HEADER_LENGTH).order(datagram.order()));
    datagram.position(Math.min(datagram.limit(), start + Attributes.align(length)));
    return message;
  }

  /// The attributes behind the header that all of netfilter's messages have.
  public Attributes netfilterAttributes() throws ProtocolException {
    if (body.remaining() < NETFILTER_HEADER_LENGTH) {
      throw new ProtocolException("netlink: a message without netfilter's header");
    }
    return new Attributes(
        body.slice(NETFILTER_HEADER_LENGTH, body.remaining() - NETFILTER_HEADER_LENGTH)
            .order(body.order()));
  }

  /// The errno of an [#ERROR] or of the end of a dump; 0 for an acknowledgement.
  int errno() {
    return body.remaining() < Integer.BYTES ? 0 : -body.getInt(body.position());
  }
}
