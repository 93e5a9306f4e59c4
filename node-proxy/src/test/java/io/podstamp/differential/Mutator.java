package io.podstamp.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Makes odd connections from plain ones: the same seed makes the same rows everywhere.
///
/// For a long run: `-Dpodstamp.differential.rows=20000 -Dpodstamp.differential.seed=7`.
final class Mutator {
  private static final List<Row> SEEDS = Corpus.read("seeds.txt");
  private static final List<Row> ODD_LINES = Corpus.read("odd-lines.txt");
  private static final List<String> LINE_ENDS =
      List.of("\n", "\r", "\n\r", "\r\r\n", "\r\n ", "\r\n\t", "\013", "\f", "\0", "\u0085", "");
  private static final String ODD_BYTES =
      "\0\1\t\n\013\f\r\034\035\036 \"'(),/:;<=>?@[\\]_{|}0189a\177\u0085\u00a0\u00ad\u00e4\u00ff";
  private static final List<String> CHUNK_SIZES =
      List.of(
          "0",
          "00",
          "0x5",
          "+5",
          "-1",
          " 5",
          "5 ",
          "5\t",
          "05",
          "5;",
          "5;a=\"",
          "5 ;a",
          "100000005",
          "ffffffff",
          "80000000",
          "10000000000000005",
          "5\n",
          "5_",
          "",
          "85",
          "0;\r");
  private static final List<String> STARTS =
      List.of(
          "\n",
          "\r",
          "\r\n",
          "\r\n\r\n\r\n\r\n\r\n",
          " ",
          "\t",
          "\0",
          "\013",
          "\u00ef\u00bb\u00bf",
          "GET /\r\n",
          "\26\3\1",
          "junk\r\n",
          "x");

  private final long seed;
  private final int count;

  Mutator(long seed, int count) {
    this.seed = seed;
    this.count = count;
  }

  /// As the system properties say; without them the same few hundred rows every time.
  static Mutator configured() {
    return new Mutator(
        Long.getLong("podstamp.differential.seed", 20260101),
        Integer.getInteger("podstamp.differential.rows", 300));
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row(i));
    }
    return rows;
  }

  /// Each row has a generator of its own, so that its number alone makes it again.
  private Row row(int number) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 1_000_003 + number);
    Row base = SEEDS.get(random.nextInt(SEEDS.size()));
    String bytes = base.bytes();
    StringBuilder how = new StringBuilder();
    for (int left = 1 + random.nextInt(2); left > 0; left--) {
      Mutation mutation = Mutation.values()[random.nextInt(Mutation.values().length)];
      bytes = mutate(mutation, bytes, random);
      how.append(", ").append(mutation);
    }
    return new Row("#" + number + " of " + base.name() + how, bytes, true);
  }

  private enum Mutation {
    INSERT_BYTE,
    REPLACE_BYTE,
    DELETE_BYTE,
    LINE_END,
    ODD_LINE,
    REPEAT_LINE,
    NAME_BYTE,
    CHUNK_SIZE,
    REQUEST_INSIDE,
    START,
    CUT
  }

  private static String mutate(Mutation mutation, String bytes, RandomGenerator random) {
    int at = random.nextInt(bytes.length());
    int lineEnd = bytes.indexOf("\r\n", at);
    int end = lineEnd < 0 ? bytes.length() - "\r\n".length() : lineEnd;
    int start = bytes.lastIndexOf("\r\n", end - 1) + "\r\n".length();
    return switch (mutation) {
      case INSERT_BYTE -> replace(bytes, at, at, oddByte(random));
      case REPLACE_BYTE -> replace(bytes, at, at + 1, oddByte(random));
      case DELETE_BYTE -> replace(bytes, at, at + 1, "");
      case LINE_END -> replace(bytes, end, end + "\r\n".length(), any(LINE_ENDS, random));
      case ODD_LINE -> replace(bytes, end, end, "\r\n" + any(ODD_LINES, random).bytes());
      case REPEAT_LINE ->
          replace(bytes, end, end, "\r\n" + bytes.substring(Math.min(start, end), end));
      case NAME_BYTE -> {
        int dash = bytes.indexOf('-', at);
        yield dash < 0 ? bytes : replace(bytes, dash, dash + 1, oddByte(random));
      }
      case CHUNK_SIZE ->
          bytes.contains("\r\n5") || bytes.contains("\r\n0")
              ? bytes.replaceFirst(
                  random.nextBoolean() ? "\r\n0*5" : "\r\n0+",
                  java.util.regex.Matcher.quoteReplacement("\r\n" + any(CHUNK_SIZES, random)))
              : bytes;
      case REQUEST_INSIDE -> replace(bytes, at, at, Corpus.EVIL);
      case START -> any(STARTS, random) + bytes;
      case CUT -> bytes.substring(0, at);
    };
  }

  private static String replace(String bytes, int from, int to, String by) {
    return bytes.substring(0, from) + by + bytes.substring(to);
  }

  private static String oddByte(RandomGenerator random) {
    return Character.toString(ODD_BYTES.charAt(random.nextInt(ODD_BYTES.length())));
  }

  private static <T> T any(List<T> list, RandomGenerator random) {
    return list.get(random.nextInt(list.size()));
  }

  /// How to make the rows again.
  @Override
  public String toString() {
    return "-Dpodstamp.differential.seed=" + seed + " -Dpodstamp.differential.rows=" + count;
  }
}
