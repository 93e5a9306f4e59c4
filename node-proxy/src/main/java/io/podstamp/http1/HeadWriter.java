package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.guard.ClientFields;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import io.podstamp.stamp.Words;
import java.nio.charset.StandardCharsets;

/// Writes certain heads with one stamp: lines of ours out, the stamp behind the request line, every
/// other byte as it came. One object serves a connection as long as its stamp stays the same.
///
/// The head is copied into one buffer: a few hundred bytes cost less than the system call's longer
/// list of slices would.
final class HeadWriter {
  private static final int CRLF = '\r' << Byte.SIZE | '\n';
  private static final byte[] UPGRADE = "upgrade".getBytes(StandardCharsets.US_ASCII);

  private final RequestHead head;
  private final MarkedLines lines;
  private final Stamp stamp;
  private final ListValue.Unwanted leavesConnection = this::leavesConnection;
  private final Words.Test namedInConnection = this::isNamedInConnection;
  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private int start;

  /// @param head what was read; asked anew for every head
  HeadWriter(RequestHead head, Stamp stamp) {
    this.head = head;
    this.lines = head.lines();
    this.stamp = stamp;
  }

  Stamp stamp() {
    return stamp;
  }

  /// Turns to a head that is complete.
  ///
  /// @param bytes its reader index is where the head starts; it is left there
  void begin(ByteBuf bytes) {
    in = bytes;
    start = bytes.readerIndex();
  }

  /// Lets go of the head's bytes.
  void end() {
    in = Unpooled.EMPTY_BUFFER;
  }

  /// Bytes that the stamped head has at most.
  int mostBytes() {
    return head.length() + stamp.length();
  }

  /// Writes the stamped head.
  ///
  /// @param passed how many bytes of its request line, and before it, have left already
  /// @return how many of the client's own lines the stamp removed
  int write(ByteBuf out, int passed) {
    int copied = head.fieldsFrom();
    out.writeBytes(in, start + passed, copied - passed);
    if (hasOurs()) {
      for (int index = 0; index < stamp.size(); index++) {
        writeField(index, out);
      }
    } else {
      out.writeBytes(stamp.lines());
    }
    int removed = 0;
    for (int mark = 0; mark < lines.count(); mark++) {
      if (!staysAsItIs(mark)) {
        removed += lines.what(mark) >= 0 ? 1 : 0;
        out.writeBytes(in, start + copied, lines.from(mark) - copied);
        copied = lines.to(mark);
        writeWhatStays(mark, out);
      }
    }
    out.writeBytes(in, start + copied, head.length() - copied);
    return removed;
  }

  private boolean hasOurs() {
    for (int mark = 0; mark < lines.count(); mark++) {
      if (lines.what(mark) >= 0) {
        return true;
      }
    }
    return false;
  }

  /// Tells of the fields of the stamp's that the client sent itself.
  void tellClientFields(Tally tally) {
    if (hasOurs()) {
      for (int index = 0; index < stamp.size(); index++) {
        if (isSent(index)) {
          ClientFields.tell(stamp, stamp.field(index), tally);
        }
      }
    }
  }

  private boolean isSent(int index) {
    for (int mark = 0; mark < lines.count(); mark++) {
      if (lines.what(mark) == index) {
        return true;
      }
    }
    return false;
  }

  private boolean staysAsItIs(int mark) {
    return switch (lines.what(mark)) {
      // A later h2c stream could not be stamped.
      case MarkedLines.HTTP2_SETTINGS -> false;
      case MarkedLines.UPGRADE -> !head.losesH2c() || hasNone(RequestHead::isH2c, mark);
      case MarkedLines.CONNECTION -> hasNone(leavesConnection, mark);
      default -> {
        Stamp.Field field = stamp.field(lines.what(mark));
        yield field.keepsClients(lines.isExact(mark));
      }
    };
  }

  private boolean hasNone(ListValue.Unwanted unwanted, int mark) {
    return !ListValue.containsAny(in, valueFrom(mark), start + lines.contentTo(mark), unwanted);
  }

  /// Of a line that does not stay as it is.
  private void writeWhatStays(int mark, ByteBuf out) {
    switch (lines.what(mark)) {
      case MarkedLines.UPGRADE -> writeList(mark, RequestHead::isH2c, out);
      case MarkedLines.CONNECTION -> writeList(mark, leavesConnection, out);
      default -> {
        // Nothing does, or a value that goes with ours.
      }
    }
  }

  private void writeField(int index, ByteBuf out) {
    Stamp.Field field = stamp.field(index);
    boolean clientHas = clientKeeps(index) || appendToClients(index, field, out);
    if (field.standsAlone(clientHas)) {
      out.writeBytes(field.line());
    }
  }

  private boolean clientKeeps(int index) {
    for (int mark = 0; mark < lines.count(); mark++) {
      if (lines.what(mark) == index && staysAsItIs(mark)) {
        return true;
      }
    }
    return false;
  }

  /// Writes one line of the client's values in their order, ours last; without those that may not
  /// stand in one line with others.
  ///
  /// @return false, with nothing written, when the client sent none
  private boolean appendToClients(int index, Stamp.Field field, ByteBuf out) {
    boolean any = false;
    for (int mark = 0; mark < lines.count(); mark++) {
      if (lines.what(mark) != index || !field.joinsClients(lines.isExact(mark))) {
        continue;
      }
      int to = start + lines.contentTo(mark);
      int from = ListValue.skipBlanks(in, start + lines.from(mark) + field.name().length + 1, to);
      int valueTo = ListValue.trimBlanks(in, from, to);
      if (valueTo > from && stamp.mayJoin(in, from, valueTo)) {
        if (any) {
          out.writeByte(',').writeByte(' ');
        } else {
          out.writeBytes(field.name()).writeByte(':').writeByte(' ');
        }
        out.writeBytes(in, from, valueTo - from);
        any = true;
      }
    }
    if (any) {
      if (field.isSent()) {
        out.writeByte(',').writeByte(' ').writeBytes(field.value());
      }
      out.writeShort(CRLF);
    }
    return any;
  }

  /// Writes `Name: a, b` without the unwanted elements; with none left, not at all.
  private void writeList(int mark, ListValue.Unwanted unwanted, ByteBuf out) {
    int from = start + lines.from(mark);
    int valueFrom = valueFrom(mark);
    int to = start + lines.contentTo(mark);
    int lineStart = out.writerIndex();
    out.writeBytes(in, from, valueFrom - from).writeByte(' ');
    if (ListValue.copyWithout(in, valueFrom, to, unwanted, out)) {
      out.writeShort(CRLF);
    } else {
      out.writerIndex(lineStart);
    }
  }

  private boolean leavesConnection(ByteBuf bytes, int from, int to) {
    return Words.any(bytes, from, to, namedInConnection);
  }

  /// The next hop would drop our header if `Connection` named it.
  private boolean isNamedInConnection(ByteBuf bytes, int from, int to) {
    return stamp.isName(bytes, from, to)
        || Octets.equalsIgnoreCase(bytes, from, to, RequestHead.HTTP2_SETTINGS)
        || (!head.upgradeStays() && Octets.equalsIgnoreCase(bytes, from, to, UPGRADE));
  }

  private int valueFrom(int mark) {
    return in.indexOf(start + lines.from(mark), start + lines.contentTo(mark), (byte) ':') + 1;
  }
}
