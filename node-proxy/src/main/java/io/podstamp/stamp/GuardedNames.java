package io.podstamp.stamp;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The names that must not leave with a client's own value, as tables for a search that follows all
/// of them at once, a byte at a time (Shift-And: one bit for each character of each name). Made
/// once per Pod.
public final class GuardedNames {
  /// From that length on a line may be read in two: some servers' buffers have 256 bytes.
  public static final int LONGEST_WHOLE_LINE = 255;

  /// Of the names in one word; no name is longer ([io.podstamp.config.HeaderRule]).
  private static final int LONGEST = 63;

  private final List<byte[]> names;
  private final long[][] follows;
  private final long[] first;
  private final long[] last;

  /// @param names folded
  GuardedNames(List<byte[]> names) {
    this.names = List.copyOf(names);
    List<List<byte[]>> words = new ArrayList<>();
    int used = LONGEST + 1;
    for (byte[] name : this.names) {
      if (used + name.length > LONGEST) {
        words.add(new ArrayList<>());
        used = 0;
      }
      words.getLast().add(name);
      used += name.length;
    }
    this.follows = new long[words.size()][256];
    this.first = new long[words.size()];
    this.last = new long[words.size()];
    for (int word = 0; word < words.size(); word++) {
      fill(word, words.get(word));
    }
  }

  private void fill(int word, List<byte[]> names) {
    int bit = 0;
    for (byte[] name : names) {
      first[word] |= 1L << bit;
      for (byte character : name) {
        for (int b = 0; b < 256; b++) {
          if (Octets.mayBe((byte) b, character)) {
            follows[word][b] |= 1L << bit;
          }
        }
        bit++;
      }
      last[word] |= 1L << (bit - 1);
    }
  }

  /// Whether those are the same names: stamps are made anew while a connection lasts.
  public boolean equalsNames(GuardedNames other) {
    return this == other
        || (names.size() == other.names.size()
            && IntStream.range(0, names.size())
                .allMatch(i -> Arrays.equals(names.get(i), other.names.get(i))));
  }

  /// Whether there is none.
  public boolean isEmpty() {
    return names.isEmpty();
  }

  /// The names, folded.
  public List<byte[]> names() {
    return names;
  }

  /// Whether a value holds a name and a colon: a server that takes it for two lines would read a
  /// field there.
  public boolean hideIn(ByteBuf value, int from, int to) {
    return hiddenEnd(value, from, from, to) >= 0;
  }

  /// Where the first such colon is; -1 if there is none.
  ///
  /// @param colonsFrom where colons are looked for; their names may begin before
  public int hiddenEnd(ByteBuf in, int from, int colonsFrom, int to) {
    for (int colon = in.indexOf(colonsFrom, to, (byte) ':');
        colon >= 0;
        colon = in.indexOf(colon + 1, to, (byte) ':')) {
      int end = colon;
      while (end > from && !Octets.isAlphanumeric(in.getByte(end - 1))) {
        end--;
      }
      for (byte[] name : names) {
        int begin = end - name.length;
        if (begin >= from && Octets.equalsFolded(in, begin, end, name)) {
          return colon;
        }
      }
    }
    return -1;
  }

  /// How many long words the search's state has.
  public int words() {
    return first.length;
  }

  /// Which characters of names a byte is.
  public long of(int word, byte b) {
    return follows[word][b & 0xff];
  }

  /// The first character of each name.
  public long first(int word) {
    return first[word];
  }

  /// The last one.
  public long last(int word) {
    return last[word];
  }
}
