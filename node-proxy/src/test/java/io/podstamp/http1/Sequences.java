package io.podstamp.http1;

import io.podstamp.config.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Connections made by chance: messages that lead a server astray, answers to them, and behind
/// them, or in them, or over their borders, a forged request; cut and paused anywhere. In each of
/// them some server may read the forged name.
///
/// Bodies that are left to servers that ignore their length (docs/http.md, "What is left") are not
/// among them.
@SuppressWarnings("StringConcatToTextBlock") // line ends are to be seen
final class Sequences {
  private static final List<String> LINE_ENDS =
      List.of("\r\n", "\r\n", "\r\n", "\n", "\r", "\0", "\u000b", "\f", "\u0085", "\r\r\n", "\rz");
  private static final List<String> LEADS =
      List.of("", "", "", " ", "\t", "\u00a0", "\1", "\u00ef\u00bb\u00bf", "  ");
  private static final List<String> NAMES =
      List.of(
          "X-Client-Hostname",
          "X-Client-Hostname",
          "x_client.hostname",
          "X-Client-Hostname_",
          "X-Client-Hostname#z",
          "X-Cli\rent-Hostname",
          "X-Cli\nent-Hostname",
          "X-Cli\0ent-Hostname",
          "X-Cli\u00e4\u0080ent-Hostname",
          "X-Cl\u00c4\u00b1ent-Hostname",
          "\u00d8-Client-Hostname",
          "X-Client-\r\n Hostname",
          "X-Client-Hostname\0z",
          "X-Secret",
          "X-App");
  private static final List<String> METHODS =
      List.of("GET", "DELETE", "REPORT", "get", "OPTIONS", "HEAD", "head", "CONNECT");
  private static final List<String> JUNK =
      List.of(
          "", "\r\n", "x", "x y", "P", "{\"a\": 1}", "\1\n", "FOO ", "PRI * H", "GET /n ", "\r");
  private static final List<String> ANSWERS =
      List.of(
          "",
          "",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nSSH-2.0-x",
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\0\0\0\4\0\0\0\0\0",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n",
          "HTTP/1.1 103 Early Hints\r\n\r\n",
          "HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n",
          "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nno",
          "x");

  private final RandomGenerator random;

  Sequences(RandomGenerator random) {
    this.random = random;
  }

  /// What client and server say in turn, the client first.
  List<String> next() {
    List<String> said = new ArrayList<>();
    String carried = "";
    for (int left = random.nextInt(4); left > 0; left--) {
      String message = carried + astray();
      int cut = random.nextInt(5) == 0 ? random.nextInt(message.length() + 1) : message.length();
      said.add(message.substring(0, cut));
      carried = message.substring(cut);
      said.add(any(ANSWERS));
    }
    said.add(carried + last());
    return said;
  }

  /// Through one profile, in random pieces with random pauses.
  Wire.Outcome through(Profile profile, List<String> said) {
    Wire wire = new Wire(profile);
    for (int i = 0; i < said.size(); i++) {
      String bytes = said.get(i);
      for (int from = 0; from < bytes.length(); ) {
        int most = random.nextInt(3) == 0 ? 3 : bytes.length();
        int to = Math.min(bytes.length(), from + 1 + random.nextInt(most));
        if (i % 2 == 0) {
          wire.send(bytes.substring(from, to));
        } else {
          wire.answer(bytes.substring(from, to));
        }
        if (random.nextInt(4) == 0) {
          wire.idle(random.nextBoolean() ? 3 : 260);
        }
        from = to;
      }
    }
    return random.nextInt(4) == 0 ? wire.eof().close() : wire.close();
  }

  private String astray() {
    String body = random.nextInt(3) > 0 ? any(JUNK) : begun();
    return switch (random.nextInt(12)) {
      case 0 -> head(any(METHODS), "");
      case 1, 2 -> head(any(METHODS), "Content-Length: " + body.length() + "\r\n") + body;
      case 3 -> head("GET", "Transfer-Encoding: chunked\r\n") + chunk(body) + "0\r\n\r\n";
      case 4 -> head("CONNECT", "");
      case 5 -> head("POST", "Expect: 100-continue\r\nContent-Length: 5\r\n");
      case 6 -> head(any(METHODS), "Connection: Upgrade\r\nUpgrade: x\r\n");
      case 7 -> head("GET", "").repeat(34);
      case 8 -> "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n";
      case 9 -> "\r\n\r\n\0\r\nQUIT\n!\21\0" + (char) body.length() + body;
      case 10 -> any(JUNK) + "\r\n";
      default -> any(JUNK) + any(LINE_ENDS);
    };
  }

  /// The beginning of a request, maybe of a name.
  private String begun() {
    String forged = forged(true);
    return forged.substring(0, random.nextInt(forged.indexOf("evil")));
  }

  private String last() {
    String forged = forged(false);
    return switch (random.nextInt(6)) {
      case 0 -> {
        String whole = forged(true);
        yield head(any(METHODS), "Content-Length: " + whole.length() + "\r\n") + whole;
      }
      case 1 -> head("GET", "Transfer-Encoding: chunked\r\n") + chunk(forged(true)) + "0\r\n\r\n";
      case 2 -> {
        String whole = forged(true);
        yield head("POST", "Upgrade: x\r\nContent-Length: " + whole.length() + "\r\n") + whole;
      }
      default -> forged;
    };
  }

  private static String head(String method, String fields) {
    return method + " /h HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  }

  private static String chunk(String data) {
    return data.isEmpty() ? "" : Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  /// @param whole whether its request line is one to almost all servers
  private String forged(boolean whole) {
    String blank = whole || random.nextInt(6) > 0 ? " " : any(LEADS);
    String version =
        whole || random.nextInt(3) > 0 ? "HTTP/1.1" : random.nextBoolean() ? "X/1" : "";
    String end = whole && random.nextBoolean() ? "\r\n" : any(LINE_ENDS);
    return any(METHODS)
        + blank
        + "/n"
        + blank
        + version
        + end
        + (random.nextBoolean() ? "Host: a" + end : "")
        + (random.nextInt(4) > 0 ? "" : any(LEADS))
        + any(NAMES)
        + ": evil"
        + end
        + end;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
