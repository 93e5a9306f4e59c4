package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.hpack.BlockReader;
import io.podstamp.hpack.BlockReader.Kind;
import io.podstamp.hpack.DynamicTable;
import io.podstamp.hpack.Literals;
import io.podstamp.hpack.StaticTable;
import io.podstamp.hpack.TableEntry;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import org.jspecify.annotations.Nullable;

/// Writes the header blocks of one connection with its stamp: fields of ours out, the stamp at the
/// end, every other representation as it came.
///
/// Normally the server's table is the client's: what is left out must be in no table, and the stamp
/// is in none. Once the client puts a field into the table that the server must not see, the two
/// differ: from there on the server has a table of its own, and what stands for something else
/// there is written anew. A field that is never indexed stays so.
final class BlockStamper {
  /// The largest table that a client may keep here; servers have 4096 bytes unless told otherwise,
  /// and 64 KiB is the most that HAProxy lets itself be told.
  static final int MOST_TABLE = 64 << 10;

  /// A field that says nothing, and that a server must refuse, like the one it stands for (RFC
  /// 9113, section 8.2.1): an `x` whose value is NUL.
  static final byte[] MALFORMED = {0, 1, 'x', 1, 0};

  /// What became of a block.
  enum Outcome {
    WRITTEN,
    TRUNCATED,
    BROKEN,
    TOO_LARGE
  }

  private final BlockReader reader = new BlockReader();
  private final DynamicTable client = new DynamicTable();
  private @Nullable DynamicTable server;
  private final int mostBlock;
  private final ClientValues values;
  private final RequestShape shape = new RequestShape();

  private ByteBuf block = Unpooled.EMPTY_BUFFER;
  private ByteBuf out = Unpooled.EMPTY_BUFFER;

  /// What of the block is not written yet begins here.
  private int pending;

  private int fields;
  private int removed;

  /// @param mostBlock how long a block may be, in bytes
  BlockStamper(int mostBlock) {
    this.mostBlock = mostBlock;
    this.values = new ClientValues(mostBlock);
  }

  /// Writes a block.
  ///
  /// @param isRequest whether it is stamped; else it is a trailer, and only loses fields, unless it
  ///   has a method: some server may take a request on a stream that cannot be
  Outcome write(HeaderFrames frames, Stamp stamp, boolean isRequest, ByteBuf to) {
    boolean request = isRequest;
    block = frames.block();
    out = to;
    pending = frames.blockFrom();
    fields = 0;
    removed = 0;
    values.begin(isRequest);
    shape.begin();
    int start = to.writerIndex();
    reader.begin(block, pending, frames.blockTo());
    for (Kind kind = reader.next(client); kind != Kind.END; kind = reader.next(client)) {
      if (kind == Kind.TRUNCATED) {
        return Outcome.TRUNCATED;
      }
      if (kind == Kind.BROKEN || (kind == Kind.SIZE_UPDATE && isBrokenUpdate())) {
        return Outcome.BROKEN;
      }
      if (kind != Kind.SIZE_UPDATE) {
        fields++;
        shape.read(reader);
        if (!request && reader.isOfRequest()) {
          request = true;
          values.becomeRequest();
        }
      }
      onRepresentation(kind, stamp);
      if (values.areTooLong() || to.writerIndex() - start > 2 * mostBlock) {
        return Outcome.TOO_LARGE;
      }
    }
    writePending(reader.to());
    if (request) {
      values.writeStamp(stamp, to);
    }
    return Outcome.WRITTEN;
  }

  /// Follows a block that is too long to be held. From here on the server has a table of its own:
  /// of the fields in that block it gets none to see.
  OversizedBlock follow(HeaderFrames frames, Stamp stamp) {
    if (server == null) {
      server = client.copy();
    }
    return new OversizedBlock(frames, reader, client, server, () -> isWellFormed(stamp));
  }

  /// Whether the body of the request that was written last may be read as requests.
  boolean bodyMayHoldRequests() {
    return shape.mayHoldRequests();
  }

  /// Tells of the fields of the stamp's that the client sent in what was written last.
  void tellClientFields(Stamp stamp, Tally tally) {
    values.tell(stamp, tally);
  }

  /// How many of the client's fields are not in what was written last.
  int removedFields() {
    return removed;
  }

  /// Whether the table would be too large, or the update comes after a field (RFC 7541, section
  /// 4.2) and the server, which judges that, would not see so. nghttp2 refuses such an update,
  /// nginx takes it; here it is refused.
  private boolean isBrokenUpdate() {
    return reader.number() > MOST_TABLE || (fields > 0 && fields == removed);
  }

  private void onRepresentation(Kind kind, Stamp stamp) {
    switch (kind) {
      case SIZE_UPDATE -> {
        client.resize(reader.number());
        if (server != null) {
          server.resize(reader.number());
        }
      }
      case INDEXED -> {
        TableEntry entry = reader.entry();
        if (stays(stamp, entry.isWellFormed()) && server != null) {
          keepIndexed(server, entry);
        }
      }
      case WITH_INDEXING -> onNewEntry(stamp);
      case WITHOUT_INDEXING, NEVER_INDEXED -> {
        if (stays(stamp, isWellFormed(stamp)) && server != null) {
          keepLiteral(server, kind == Kind.NEVER_INDEXED ? 0x10 : 0, 4);
        }
      }
      case END, TRUNCATED, BROKEN -> throw new IllegalStateException(kind.name());
    }
  }

  /// The client's table takes the field in any case, the server's if it gets to see it.
  private void onNewEntry(Stamp stamp) {
    boolean wellFormed = isWellFormed(stamp);
    TableEntry entry = reader.toEntry(wellFormed);
    boolean stays = stays(stamp, wellFormed);
    if (server == null && !stays) {
      server = client.copy();
    } else if (server != null && stays) {
      keepLiteral(server, 0x40, 6);
    }
    client.insert(entry);
    if (server != null && stays) {
      server.insert(entry);
    }
  }

  /// Leaves out what does not stay.
  private boolean stays(Stamp stamp, boolean wellFormed) {
    int index = stamp.indexOf(reader.name(), reader.nameLength());
    if (wellFormed && (index < 0 || values.keep(index, stamp, reader))) {
      return true;
    }
    writePending(reader.from());
    pending = reader.to();
    if (index >= 0) {
      removed++;
    } else {
      out.writeBytes(MALFORMED);
    }
    return false;
  }

  /// Whether the name is a token, maybe after a colon, and the value has no line end, nor a name of
  /// ours behind what is one to some server, or in a line that is longer than some server's buffer:
  /// of anything else an intermediary that writes HTTP/1 may make two fields (RFC 9113, section
  /// 10.3). Nor is one well-formed that has it drop ours.
  private boolean isWellFormed(Stamp stamp) {
    byte[] name = reader.name();
    int length = reader.nameLength();
    int start = length > 0 && name[0] == ':' ? 1 : 0;
    for (int i = start; i < length; i++) {
      if (!Octets.isToken(name[i])) {
        return false;
      }
    }
    byte[] value = reader.value();
    boolean mayBeTwo = length + reader.valueLength() > GuardedNames.LONGEST_WHOLE_LINE;
    for (int i = 0; i < reader.valueLength(); i++) {
      byte b = value[i];
      if (b < ' ' || (b == ' ' && start > 0)) {
        if (Octets.isLineEnd(b)) {
          return false;
        }
        mayBeTwo = true;
      }
    }
    return length > start
        && !(mayBeTwo && hidesName(value, reader.valueLength(), stamp))
        && !RequestShape.dropsAtNextHop(reader, stamp);
  }

  private static boolean hidesName(byte[] value, int length, Stamp stamp) {
    return stamp.guarded().hideIn(Unpooled.wrappedBuffer(value), 0, length);
  }

  private void keepIndexed(DynamicTable table, TableEntry entry) {
    if (reader.number() <= StaticTable.LENGTH) {
      return;
    }
    int index = table.indexOf(entry);
    if (index == reader.number()) {
      return;
    }
    writePending(reader.from());
    if (index > 0) {
      Literals.writeInteger(0x80, 7, index, out);
    } else {
      out.writeByte(0x40);
      Literals.writeString(entry.name(), entry.name().length, out);
      Literals.writeString(entry.value(), entry.value().length, out);
      table.insert(entry);
    }
    pending = reader.to();
  }

  /// A literal is the same for the server, unless its name is an index that is another one there.
  private void keepLiteral(DynamicTable table, int pattern, int prefix) {
    if (reader.number() <= StaticTable.LENGTH) {
      return;
    }
    TableEntry name = reader.entry();
    int index = table.indexOf(name);
    if (index == reader.number()) {
      return;
    }
    writePending(reader.from());
    Literals.writeInteger(pattern, prefix, index, out);
    if (index == 0) {
      Literals.writeString(name.name(), name.name().length, out);
    }
    pending = reader.valueFrom();
  }

  private void writePending(int to) {
    if (to > pending) {
      out.writeBytes(block, pending, to - pending);
    }
    pending = Math.max(pending, to);
  }
}
