package io.podstamp.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Makes forged requests of the pieces that servers differ in: line ends, blanks, what is before,
/// in and behind a name, how a body is framed and what is in it. The same seed makes the same rows
/// everywhere; `-Dpodstamp.differential.rows=5000` makes more of them.
final class Grammar {
  private static final List<String> METHODS =
      List.of("GET", "POST", "PUT", "DELETE", "REPORT", "get", "PING", "EHLO", "HEAD", "CONNECT");
  private static final List<String> LINE_ENDS =
      List.of(
          "\r\n", "\r\n", "\r\n", "\n", "\r", "\0", "\013", "\f", "\u0085", "\u001e", "\r\r\n",
          "\rz");
  private static final List<String> BLANKS =
      List.of("", " ", " ", "  ", "\t", "\u00a0", "\1", "\r");
  private static final List<String> VERSIONS =
      List.of("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "http/1.1", "HTTP/1.10", "", "X/1");
  private static final List<String> NAMES =
      List.of(
          "X-Client-Hostname",
          "x_client.hostname",
          "X-Client-Hostname_",
          "X-Client-Hostname#z",
          "X-Cli\rent-Hostname",
          "X-Cli\nent-Hostname",
          "X-Cli\0ent-Hostname",
          "X-Cli\u00ffent-Hostname",
          "X-Client-Hostname\013\r",
          "X-Client-\r\n Hostname",
          "_X-Client-Hostname",
          "X-Client-Hostname\0z");
  private static final List<String> LENGTHS =
      List.of(
          "Content-Length: %d",
          "content-length:%d",
          "Content_Length: %d",
          "Content-Length: +%d",
          "Content-Length: 0%d",
          "Content-Length#: %d",
          "Content-Length: 4611686018427387904",
          "Content-Length: %d\r\nConnection: Content-Length",
          "Expect: 100-continue\r\nContent-Length: %d",
          "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: %d");
  private static final List<String> CODINGS =
      List.of(
          "Transfer-Encoding: chunked",
          "Transfer-Encoding: Chunked",
          "Transfer-Encoding:chunked",
          "Transfer-Encoding: chunked, chunked",
          "Transfer-Encoding: x, chunked",
          "Transfer_Encoding: chunked",
          "Transfer-Encoding.: chunked");
  private static final List<String> SIZES =
      List.of("%x", "%X", "0%x", "00000000%x", "%x;a=b", "%x;a=\"", "%x ", "+%x", "0x%x", "%x;");

  private final long seed = Long.getLong("podstamp.differential.seed", 20260102);
  private final int count = Integer.getInteger("podstamp.differential.rows", 300);

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RandomGenerator random =
          RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 1_000_003 + i);
      rows.add(new Row("grammar #" + i, connection(random), true));
    }
    return rows;
  }

  private static String connection(RandomGenerator random) {
    String inner = request(random, "");
    return switch (random.nextInt(4)) {
      case 0 -> inner;
      case 1 -> request(random, inner);
      case 2 -> chunked(random, inner);
      default -> request(random, "") + inner;
    };
  }

  private static String request(RandomGenerator random, String body) {
    String end = any(LINE_ENDS, random);
    StringBuilder lines = new StringBuilder(start(random)).append(end);
    if (random.nextInt(16) == 0) {
      lines = new StringBuilder(start(random)).append(any(BLANKS, random));
    } else if (random.nextInt(4) > 0) {
      lines.append("Host: a").append(any(LINE_ENDS, random));
    }
    lines.append(forged(random)).append(end);
    if (!body.isEmpty()) {
      lines.append(any(LENGTHS, random).formatted(body.length())).append(end);
    }
    return lines.append(end).append(body).toString();
  }

  private static String chunked(RandomGenerator random, String data) {
    return start(random)
        + "\r\nHost: a\r\n"
        + any(CODINGS, random)
        + "\r\n\r\n"
        + any(SIZES, random).formatted(data.length())
        + "\r\n"
        + data
        + "\r\n0\r\n\r\n";
  }

  private static String start(RandomGenerator random) {
    String blank = random.nextInt(6) > 0 ? " " : any(BLANKS, random);
    return any(METHODS, random) + blank + "/" + blank + any(VERSIONS, random);
  }

  private static String forged(RandomGenerator random) {
    return any(BLANKS, random)
        + any(NAMES, random)
        + (random.nextInt(4) > 0 ? "" : any(BLANKS, random))
        + ": evil";
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
