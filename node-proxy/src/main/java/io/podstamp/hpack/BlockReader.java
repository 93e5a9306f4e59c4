package io.podstamp.hpack;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads one header block, representation by representation (RFC 7541, section 6), and says of each
/// what it means and which bytes it is. Changes no table. Reused for every block.
public final class BlockReader {
  /// What a representation is.
  public enum Kind {
    INDEXED,
    WITH_INDEXING,
    WITHOUT_INDEXING,
    NEVER_INDEXED,
    SIZE_UPDATE,
    /// There is none any more.
    END,
    /// The block ends within it.
    TRUNCATED,
    /// The receiver must treat the block as a decoding error.
    BROKEN
  }

  private static final byte[] NOTHING = {};
  private static final byte[] METHOD = ":method".getBytes(StandardCharsets.US_ASCII);

  /// What a block's longest string may leave behind on an idle connection.
  private static final int MOST_KEPT = 4096;

  /// Seven bits each: as much as an int has.
  private static final int MOST_INTEGER_BYTES = 4;

  private ByteBuf in = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private int at;
  private int end;
  private boolean ranOut;

  private int from;
  private int number;
  private @Nullable TableEntry nameEntry;
  private int valueFrom;
  private int stringFrom;
  private int stringLength;
  private int truncatedValue;
  private byte[] name = NOTHING;
  private int nameLength;
  private byte[] value = NOTHING;
  private int valueLength;
  private byte[] nameRoom = NOTHING;
  private byte[] valueRoom = NOTHING;

  /// Begins a block.
  public void begin(ByteBuf block, int blockFrom, int blockTo) {
    in = block;
    at = blockFrom;
    end = blockTo;
    ranOut = false;
    nameRoom = nameRoom.length > MOST_KEPT ? NOTHING : nameRoom;
    valueRoom = valueRoom.length > MOST_KEPT ? NOTHING : valueRoom;
  }

  /// The next representation.
  ///
  /// @param table as it is before it
  public Kind next(DynamicTable table) {
    if (at == end) {
      return Kind.END;
    }
    from = at;
    truncatedValue = -1;
    int first = in.getUnsignedByte(at);
    Kind kind;
    if (first >= 0x80) {
      kind = readIndexed(table);
    } else if (first >= 0x40) {
      kind = readLiteral(6, table, Kind.WITH_INDEXING);
    } else if (first >= 0x20) {
      kind = readInteger(5) ? Kind.SIZE_UPDATE : Kind.BROKEN;
    } else {
      kind = readLiteral(4, table, first >= 0x10 ? Kind.NEVER_INDEXED : Kind.WITHOUT_INDEXING);
    }
    return kind == Kind.BROKEN && ranOut ? Kind.TRUNCATED : kind;
  }

  private Kind readIndexed(DynamicTable table) {
    if (!readInteger(7) || !findEntry(table)) {
      return Kind.BROKEN;
    }
    TableEntry entry = entry();
    name = entry.name();
    nameLength = name.length;
    value = entry.value();
    valueLength = value.length;
    return Kind.INDEXED;
  }

  private Kind readLiteral(int prefix, DynamicTable table, Kind kind) {
    if (!readInteger(prefix)) {
      return Kind.BROKEN;
    }
    if (number > 0) {
      if (!findEntry(table)) {
        return Kind.BROKEN;
      }
      name = entry().name();
      nameLength = name.length;
    } else {
      nameEntry = null;
      int room = roomForString();
      if (room < 0) {
        return Kind.BROKEN;
      }
      nameRoom = enlarged(nameRoom, room);
      name = nameRoom;
      nameLength = readString(nameRoom);
    }
    valueFrom = at;
    int room = roomForString();
    if (nameLength >= 0 && room < 0) {
      truncatedValue = stringLength;
    }
    if (nameLength < 0 || room < 0) {
      return Kind.BROKEN;
    }
    valueRoom = enlarged(valueRoom, room);
    value = valueRoom;
    valueLength = readString(valueRoom);
    return valueLength >= 0 ? kind : Kind.BROKEN;
  }

  private boolean findEntry(DynamicTable table) {
    if (number == 0 || number > StaticTable.LENGTH + table.count()) {
      return false;
    }
    nameEntry =
        number <= StaticTable.LENGTH
            ? StaticTable.get(number)
            : table.get(number - StaticTable.LENGTH);
    return true;
  }

  /// RFC 7541, section 5.1.
  private boolean readInteger(int prefix) {
    if (at == end) {
      ranOut = true;
      return false;
    }
    int most = (1 << prefix) - 1;
    number = in.getByte(at++) & most;
    if (number < most) {
      return true;
    }
    for (int i = 0; i < MOST_INTEGER_BYTES && at < end; i++) {
      int b = in.getByte(at++);
      number += (b & 0x7f) << (7 * i);
      if (b >= 0) {
        return true;
      }
    }
    ranOut = at == end;
    return false;
  }

  /// How much room the string needs that begins here; -1 when it goes beyond the block.
  private int roomForString() {
    int begin = at;
    int index = number;
    boolean read = readInteger(7);
    boolean whole = read && number <= end - at;
    ranOut |= read && !whole;
    int coded = number;
    stringFrom = at;
    stringLength = read ? coded : -1;
    number = index;
    at = begin;
    return !whole ? -1 : in.getByte(begin) < 0 ? Huffman.mostDecoded(coded) : coded;
  }

  /// @return its length; -1 when it is not coded as it says
  private int readString(byte[] room) {
    boolean huffman = in.getByte(at) < 0;
    int index = number;
    readInteger(7);
    int length = number;
    number = index;
    int begin = at;
    at += length;
    if (huffman) {
      return Huffman.decode(in, begin, at, room);
    }
    in.getBytes(begin, room, 0, length);
    return length;
  }

  private static byte[] enlarged(byte[] room, int length) {
    return room.length >= length ? room : new byte[Math.max(length, 2 * room.length)];
  }

  /// Where the representation begins.
  public int from() {
    return from;
  }

  /// Where it ends.
  public int to() {
    return at;
  }

  /// Its index, or that of a literal's name, or the size; 0 for a literal with a name of its own.
  public int number() {
    return number;
  }

  /// What the index stands for.
  public TableEntry entry() {
    return java.util.Objects.requireNonNull(nameEntry);
  }

  /// Where a literal's value begins, with its length.
  public int valueFrom() {
    return valueFrom;
  }

  /// After [Kind#TRUNCATED]: how long the value is, as it is coded, within which the block ends; -1
  /// if it ends before the value's first byte.
  public int truncatedValue() {
    return truncatedValue;
  }

  /// Where its first byte is, or would be.
  public int truncatedValueFrom() {
    return stringFrom;
  }

  /// The field's name; only [#nameLength] bytes of it count. Lasts until the next one is read.
  public byte[] name() {
    return name;
  }

  public int nameLength() {
    return nameLength;
  }

  /// Whether no block but a request's has such a field.
  public boolean isOfRequest() {
    return nameLength == METHOD.length && Arrays.equals(METHOD, 0, nameLength, name, 0, nameLength);
  }

  /// The field's value; only [#valueLength] bytes of it count. Lasts until the next one is read.
  public byte[] value() {
    return value;
  }

  public int valueLength() {
    return valueLength;
  }

  /// The field as a new entry of a table.
  ///
  /// @param wellFormed what [TableEntry#isWellFormed] is to say
  public TableEntry toEntry(boolean wellFormed) {
    return new TableEntry(
        number > 0 ? name : Arrays.copyOf(name, nameLength),
        Arrays.copyOf(value, valueLength),
        wellFormed);
  }
}
