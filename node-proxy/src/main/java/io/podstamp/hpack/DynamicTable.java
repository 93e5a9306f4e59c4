package io.podstamp.hpack;

import org.jspecify.annotations.Nullable;

/// The fields that one sender has put into its receiver's memory, the newest first, and the oldest
/// gone where they are too many (RFC 7541, sections 2.3.2 and 4).
public final class DynamicTable {
  /// RFC 9113, section 6.5.2: SETTINGS_HEADER_TABLE_SIZE, until a receiver says something else.
  private static final int INITIAL_SIZE = 4096;

  private @Nullable TableEntry[] ring = new TableEntry[16];
  private long inserted;
  private int count;
  private int size;
  private int mostSize = INITIAL_SIZE;

  /// A table with the same entries, which belong to it from here on.
  public DynamicTable copy() {
    DynamicTable copy = new DynamicTable();
    copy.mostSize = mostSize;
    for (int i = count; i > 0; i--) {
      copy.insert(get(i));
    }
    return copy;
  }

  int count() {
    return count;
  }

  /// The entry at a position; the newest is at 1.
  TableEntry get(int position) {
    return java.util.Objects.requireNonNull(ring[slot(inserted - position)]);
  }

  /// Where an entry is, as an index that follows those of the static table; 0 when it is not here.
  public int indexOf(TableEntry entry) {
    long position = inserted - entry.sequence;
    boolean here = position >= 1 && position <= count && ring[slot(entry.sequence)] == entry;
    return here ? StaticTable.LENGTH + (int) position : 0;
  }

  /// An entry that is larger than the table empties it (RFC 7541, section 4.4).
  public void insert(TableEntry entry) {
    evictDownTo(mostSize - entry.size());
    if (entry.size() > mostSize) {
      return;
    }
    if (count == ring.length) {
      grow();
    }
    entry.sequence = inserted;
    ring[slot(inserted++)] = entry;
    count++;
    size += entry.size();
  }

  private void grow() {
    @Nullable TableEntry[] larger = new TableEntry[2 * ring.length];
    for (int i = 1; i <= count; i++) {
      larger[(int) (inserted - i) & (larger.length - 1)] = get(i);
    }
    ring = larger;
  }

  /// The sender says how large the table is to be.
  public void resize(int bytes) {
    mostSize = bytes;
    evictDownTo(bytes);
  }

  /// The most that its entries may have together, as the RFC counts them.
  public int mostSize() {
    return mostSize;
  }

  /// What an entry that is larger than the table leaves.
  public void clear() {
    evictDownTo(0);
  }

  private void evictDownTo(int bytes) {
    while (count > 0 && size > bytes) {
      int oldest = slot(inserted - count);
      size -= java.util.Objects.requireNonNull(ring[oldest]).size();
      ring[oldest] = null;
      count--;
    }
  }

  private int slot(long sequence) {
    return (int) sequence & (ring.length - 1);
  }

  /// The fields, the newest first, for callers that compare two tables.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      TableEntry entry = get(i);
      text.append(latin1(entry.name())).append(": ").append(latin1(entry.value())).append('\n');
    }
    return text.append("size ").append(size).toString();
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
