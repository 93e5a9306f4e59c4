package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.guard.ClientFields;
import io.podstamp.hpack.BlockReader;
import io.podstamp.hpack.Literals;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// What the client itself said, in one block, in fields of the stamp: which of them are kept, and
/// the values that ours are to follow.
final class ClientValues {
  private final BitSet sent = new BitSet();
  private final BitSet kept = new BitSet();
  private @Nullable ByteArrayOutputStream[] joined = {};
  private final int most;
  private int joinedBytes;
  private boolean isRequest;

  /// @param most bytes of all values that ours are to follow
  ClientValues(int most) {
    this.most = most;
  }

  void begin(boolean ofRequest) {
    isRequest = ofRequest;
    sent.clear();
    kept.clear();
    if (joinedBytes > 0) {
      joinedBytes = 0;
      Arrays.fill(joined, null);
    }
  }

  /// The block is no trailer after all.
  void becomeRequest() {
    isRequest = true;
  }

  /// Whether the client's field stays where it is; if its value is to go before ours, it is
  /// remembered.
  boolean keep(int index, Stamp stamp, BlockReader read) {
    Stamp.Field field = stamp.field(index);
    sent.set(index);
    boolean exact =
        Arrays.equals(
            field.lowerCase(), 0, field.lowerCase().length, read.name(), 0, read.nameLength());
    if (isRequest && field.joinsClients(exact)) {
      join(index, stamp, read);
    }
    boolean keeps = isRequest && field.keepsClients(exact);
    if (keeps) {
      kept.set(index);
    }
    return keeps;
  }

  /// Tells of the fields of the stamp's that the client sent itself.
  void tell(Stamp stamp, Tally tally) {
    for (int index = sent.nextSetBit(0); index >= 0; index = sent.nextSetBit(index + 1)) {
      ClientFields.tell(stamp, stamp.field(index), tally);
    }
  }

  private void join(int index, Stamp stamp, BlockReader read) {
    byte[] value = read.value();
    int from = 0;
    int to = read.valueLength();
    while (from < to && Octets.isBlank(value[from])) {
      from++;
    }
    while (to > from && Octets.isBlank(value[to - 1])) {
      to--;
    }
    if (to == from || !stamp.mayJoin(Unpooled.wrappedBuffer(value), from, to)) {
      return;
    }
    if (index >= joined.length) {
      joined = Arrays.copyOf(joined, index + 1);
    }
    ByteArrayOutputStream list = joined[index];
    if (list == null) {
      list = new ByteArrayOutputStream();
      joined[index] = list;
    } else {
      comma(list);
    }
    list.write(value, from, to - from);
    joinedBytes += to - from + 2;
  }

  private static void comma(ByteArrayOutputStream list) {
    list.write(',');
    list.write(' ');
  }

  /// Many short references to one long value of a table are more than a block may be.
  boolean areTooLong() {
    return joinedBytes > most;
  }

  void writeStamp(Stamp stamp, ByteBuf out) {
    for (int index = 0; index < stamp.size(); index++) {
      Stamp.Field field = stamp.field(index);
      ByteArrayOutputStream list = index < joined.length ? joined[index] : null;
      if (field.standsAlone(kept.get(index) || list != null)) {
        out.writeBytes(field.literal());
      } else if (list != null) {
        if (field.isSent()) {
          comma(list);
          list.writeBytes(field.value());
        }
        out.writeBytes(field.literalName());
        Literals.writeString(list.toByteArray(), list.size(), out);
      }
    }
  }
}
