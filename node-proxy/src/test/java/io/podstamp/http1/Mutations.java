package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Random;

/// A seeded generator of what is known to tell HTTP parsers apart: odd blanks, line ends, folds,
/// names, framing, chunks, trailers, early data.
final class Mutations {
  private static final List<String> SEEDS =
      List.of(
          "GET /a HTTP/1.1\r\nHost: a\r\nX-Client-Hostname: evil\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n",
          "GET / HTTP/1.1\r\nConnection: Upgrade, X-Client-Hostname\r\nUpgrade: websocket\r\n\r\n",
          "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
          "CONNECT a:443 HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade\r\n\r\n",
          "\u0016\u0003\u0001\0\u0010\u0001\0\0\u000chhhhhhhhhhhh",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
          "*1\r\n$4\r\nPING\r\n",
          "EHLO a\r\n");

  private static final List<String> PIECES =
      List.of(
          " ",
          "\t",
          "\0",
          "\r",
          "\n",
          "\r\n",
          "\r\n ",
          "\u000b",
          "\u000c",
          "\"",
          "_",
          ",",
          ":",
          ";",
          "\u00ef\u00bb\u00bf",
          "\u0085",
          "-",
          "+",
          "0x",
          "0",
          "8",
          "f",
          "ffffffff",
          "\r\n\r\n",
          "/",
          "*",
          "http/",
          "HTTP/1.0",
          "HTTP/1.1",
          "X-Client-Hostname: evil\r\n",
          "X_Client.Hostname:evil\r\n",
          "X-Client-Hostname : evil\r\n",
          "X-Secret: 1\r\n",
          "Content-Length: 3\r\n",
          "Content_Length: 3\r\n",
          "Content-Length: 03\r\n",
          "Content-Length: 3, 3\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding:\u000bchunked\r\n",
          "0\r\n\r\n",
          "5\r\nhello\r\n",
          "Connection: close\r\n",
          "Expect: 100-continue\r\n",
          "Upgrade: websocket\r\n",
          "Host: b\r\n",
          "GET / HTTP/1.1\r\n\r\n");

  private final Random random;

  Mutations(long seed) {
    random = new Random(seed);
  }

  /// Some seeds after one another, changed in some places.
  byte[] next() {
    StringBuilder bytes = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes.append(pick(SEEDS));
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      int at = random.nextInt(bytes.length() + 1);
      int to = Math.min(bytes.length(), at + random.nextInt(4));
      switch (random.nextInt(4)) {
        case 0 -> bytes.delete(at, to);
        case 1 -> bytes.replace(at, to, pick(PIECES));
        case 2 -> bytes.insert(at, bytes.substring(at, to));
        default -> bytes.insert(at, pick(PIECES));
      }
    }
    return bytes.toString().getBytes(ISO_8859_1);
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
