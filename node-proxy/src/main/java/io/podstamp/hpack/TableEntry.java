package io.podstamp.hpack;

/// One header field in a table. Its name and value are never changed.
public final class TableEntry {
  /// RFC 7541, section 4.1.
  private static final int OVERHEAD = 32;

  private final byte[] name;
  private final byte[] value;
  private final boolean wellFormed;

  /// How many entries came before it into the dynamic table that took it last.
  long sequence;

  TableEntry(byte[] name, byte[] value, boolean wellFormed) {
    this.name = name;
    this.value = value;
    this.wellFormed = wellFormed;
  }

  public byte[] name() {
    return name;
  }

  public byte[] value() {
    return value;
  }

  /// Whether the reader found name and value syntactically valid.
  public boolean isWellFormed() {
    return wellFormed;
  }

  /// What it takes of a table's size.
  int size() {
    return name.length + value.length + OVERHEAD;
  }
}
