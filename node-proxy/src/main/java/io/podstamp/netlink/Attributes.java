package io.podstamp.netlink;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Netlink attributes (`struct nlattr`, `linux/netlink.h`) as read. Netfilter's numbers are in
/// network order, the attributes' own lengths and types in the machine's.
public final class Attributes {
  private static final int HEADER_LENGTH = 4;
  private static final int F_NESTED = 0x8000;
  private static final int TYPE_MASK = 0x3fff;

  private final ByteBuffer attributes;

  /// @param attributes in native order; not changed
  public Attributes(ByteBuffer attributes) {
    this.attributes = attributes;
  }

  /// Each with its type, in the kernel's order.
  ///
  /// @throws ProtocolException when one is not whole
  public List<Entry> all() throws ProtocolException {
    List<Entry> all = new ArrayList<>();
    int at = attributes.position();
    while (attributes.limit() - at >= HEADER_LENGTH) {
      int length = attributes.getShort(at) & 0xffff;
      if (length < HEADER_LENGTH || length > attributes.limit() - at) {
        throw new ProtocolException("netlink: an attribute that is not whole");
      }
      all.add(
          new Entry(
              attributes.getShort(at + 2) & TYPE_MASK,
              attributes
                  .slice(at + HEADER_LENGTH, length - HEADER_LENGTH)
                  .order(attributes.order())));
      at += align(length);
    }
    return all;
  }

  /// One attribute.
  public record Entry(int type, ByteBuffer value) {
    /// Those inside of it.
    public Attributes nested() {
      return new Attributes(value);
    }
  }

  /// The value of the first of a type; null if there is none.
  public @Nullable ByteBuffer find(int type) throws ProtocolException {
    for (Entry entry : all()) {
      if (entry.type == type) {
        return entry.value;
      }
    }
    return null;
  }

  /// Whether there is one of a type.
  public boolean has(int type) throws ProtocolException {
    return find(type) != null;
  }

  /// The attributes inside the one of a type; none if it is not there.
  public Attributes nested(int type) throws ProtocolException {
    ByteBuffer value = find(type);
    return new Attributes(value == null ? ByteBuffer.allocate(0) : value);
  }

  public int u8(int type) throws ProtocolException {
    return required(type, Byte.BYTES).get() & 0xff;
  }

  public int u16(int type) throws ProtocolException {
    return required(type, Short.BYTES).getShort() & 0xffff;
  }

  public int u32(int type) throws ProtocolException {
    return required(type, Integer.BYTES).getInt();
  }

  /// The same, with a value for when it is not there.
  public int u32(int type, int otherwise) throws ProtocolException {
    return has(type) ? u32(type) : otherwise;
  }

  public long u64(int type) throws ProtocolException {
    return required(type, Long.BYTES).getLong();
  }

  /// The same, with a value for when it is not there.
  public long u64(int type, long otherwise) throws ProtocolException {
    return has(type) ? u64(type) : otherwise;
  }

  /// A text, without the NUL at its end.
  public String text(int type) throws ProtocolException {
    byte[] bytes = bytes(type);
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  public byte[] bytes(int type) throws ProtocolException {
    ByteBuffer value = required(type, 0);
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    return bytes;
  }

  private ByteBuffer required(int type, int length) throws ProtocolException {
    ByteBuffer value = find(type);
    if (value == null || value.remaining() < length) {
      throw new ProtocolException(
          "netlink: attribute "
              + type
              + (value == null ? ": missing" : ": too short")
              + " (expected: "
              + Math.max(length, 1)
              + " bytes or more)");
    }
    return value.duplicate().order(ByteOrder.BIG_ENDIAN);
  }

  static int align(int length) {
    return (length + 3) & ~3;
  }

  /// Attributes as written, with the header of the message's family in front.
  public static final class Writer {
    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    /// With `struct nfgenmsg` in front, which is netfilter's.
    ///
    /// @param family `NFPROTO_…`
    /// @param resource `res_id`
    public static Writer netfilter(int family, int resource) {
      return new Writer()
          .raw(new byte[] {(byte) family, 0, (byte) (resource >> 8), (byte) resource});
    }

    public Writer u8(int type, int value) {
      return bytes(type, new byte[] {(byte) value});
    }

    public Writer u16(int type, int value) {
      return bytes(type, ByteBuffer.allocate(Short.BYTES).putShort((short) value).array());
    }

    public Writer u32(int type, int value) {
      return bytes(type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    public Writer u64(int type, long value) {
      return bytes(type, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    /// A text with a NUL at its end.
    public Writer text(int type, String value) {
      return bytes(type, (value + '\0').getBytes(StandardCharsets.UTF_8));
    }

    public Writer bytes(int type, byte[] value) {
      header(HEADER_LENGTH + value.length, type);
      return raw(value);
    }

    /// An attribute that consists of attributes.
    public Writer nest(int type, Consumer<Writer> content) {
      int start = buffer.position();
      header(HEADER_LENGTH, type | F_NESTED);
      content.accept(this);
      int length = buffer.position() - start;
      if (length > 0xffff) {
        throw new IllegalArgumentException(
            "netlink: an attribute of " + length + " bytes (expected: 65535 at most)");
      }
      buffer.putShort(start, (short) length);
      return this;
    }

    /// Bytes that are no attribute, such as a family's header.
    public Writer raw(byte[] bytes) {
      room(align(bytes.length));
      buffer.put(bytes);
      buffer.put(new byte[align(bytes.length) - bytes.length]);
      return this;
    }

    private void header(int length, int type) {
      room(HEADER_LENGTH);
      buffer.putShort((short) length).putShort((short) type);
    }

    private void room(int bytes) {
      if (buffer.remaining() < bytes) {
        int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
        ByteBuffer larger =
            ByteBuffer.wrap(Arrays.copyOf(buffer.array(), capacity)).order(buffer.order());
        buffer = larger.position(buffer.position());
      }
    }

    /// How many bytes there are so far.
    int length() {
      return buffer.position();
    }

    void copyTo(ByteBuffer target) {
      target.put(buffer.array(), 0, buffer.position());
    }

    /// What was written, for a reader.
    public Attributes read() {
      return new Attributes(buffer.duplicate().order(buffer.order()).flip());
    }
  }
}
