package io.podstamp.http1;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Connections by which a real server once read a client's own header, or a request without stamp:
/// a case or more of each kind that docs/http.md has a row for.
@SuppressWarnings("StringConcatToTextBlock") // line ends are to be seen
public final class Kinds {
  /// What client and server say in turn, the client first; each waits for the other a moment.
  public record Case(String name, List<String> said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String NAME = "X-Client-Hostname";
  private static final String EVIL = "GET /n HTTP/1.1\r\nHost: a\r\n" + NAME + ": evil\r\n\r\n";
  private static final String BARE = "GET /n HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  /// What frames of a server are, and fields of a request that is to be read by nobody in strict.
  private static final String SETTINGS = "\0\0\0\4\0\0\0\0\0";

  private static final String FIELDS = "\r\nHost: a\r\nFoo: bare\r\n\r\n";

  /// Preface, SETTINGS, and HEADERS with a literal of our name.
  private static final String HTTP2 =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
          + SETTINGS
          + "\0\0\u001e\1\5\0\0\0\1\u0082\u0084\u0086\1\1a\0\u0011x-client-hostname\4evil";

  private static Case of(String name, String... said) {
    return new Case(name, List.of(said));
  }

  private static String head(String lines) {
    return "GET /h HTTP/1.1\r\n" + lines + "\r\n\r\n";
  }

  private static String post(String lines, String body) {
    return "POST /r HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n" + body;
  }

  private static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n0\r\n\r\n";
  }

  public static Stream<Case> cases() {
    String x = NAME + ": evil\r\n\r\n";
    String length = "Content-Length: " + EVIL.length();
    return Stream.of(
            openings(x),
            Stream.of(
                of("opening hello, CR and a byte", "hello\rZGET x\rZ" + NAME + ": evil\rZ\rZ\n"),
                of(
                    "a request behind CR and a byte",
                    "hello\rZ" + BARE.replace("\r\n", "\rZ") + BARE)),
            binary(),
            values(x),
            switches(),
            lengths(length),
            names(),
            outOfStep(length),
            borders(),
            http2Bodies(),
            Stream.of(
                of("expect, body at once", post("Expect: 100-continue\r\n" + length, EVIL)),
                of(
                    "expect, refused, then a request",
                    post("Expect: 100-continue\r\n" + length, ""),
                    "HTTP/1.1 413 No\r\n\r\n",
                    EVIL),
                of(
                    "expect, refused, then the body",
                    post("Expect: 100-continue\r\n" + length, ""),
                    "HTTP/1.1 413 No\r\n\r\n",
                    "\n" + EVIL),
                of("PROXY line", "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n" + EVIL),
                of("two PROXY lines", "PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n" + EVIL),
                of("PROXY header", "\r\n\r\n\0\r\nQUIT\n \0\0\0" + EVIL)))
        .flatMap(cases -> cases);
  }

  private static Stream<Case> openings(String x) {
    return Stream.of(
            "EHLO x",
            "PING",
            "incr a 5",
            "PASS x",
            "SUB a 1",
            "PUB a 5",
            "get foo",
            "*1",
            "version",
            "STOMP",
            "set a 0 0 90",
            "hello",
            "35")
        .flatMap(
            line ->
                Stream.of(
                    of("opening " + line, line + "\r\n" + x),
                    of("opening " + line + ", LF", line + "\n" + x),
                    of("opening " + line + ", then a request", line + "\r\n\r\n", OK, EVIL),
                    of("opening " + line + ", then a bare request", line + "\r\n\r\n", "", BARE)));
  }

  /// What is no text, and what follows it, may be a request to who takes any words for one.
  private static Stream<Case> binary() {
    return Stream.of(
            "foo\1 n x",
            "\1 /n b",
            "\u0080 foo n",
            "foo\u00e4 n HTTP",
            "foo\1\tn",
            "\1 foo n HTTX/1.1",
            "a\1\nfoo n x",
            "a\1\nFOO /n",
            "a\1\nGET http://a/n",
            "a\1\nGET\n/n\nHTTP/1.1",
            "a\1\nGET\u000b/n\fHTTP/1.1",
            "a\1\nGET\u00a0/n\u00a0HTTP/1.1",
            "a\1\nGET /n RTSP/1.0")
        .map(lines -> of("binary " + lines, lines + FIELDS));
  }

  /// The first command of a client of Redis or memcached: what is the value of a key to these
  /// servers is a head to some of HTTP, which skip any line that they cannot read.
  private static Stream<Case> values(String x) {
    return Stream.of(x, EVIL, "\r\n" + EVIL)
        .flatMap(
            value ->
                Stream.of(
                    of(
                        "Redis, value " + value,
                        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$%d\r\n%s\r\n"
                            .formatted(value.length(), value)),
                    of(
                        "memcached, value " + value,
                        "set a 0 0 %d\r\n%s\r\n".formatted(value.length(), value))));
  }

  private static Stream<Case> switches() {
    String connect = "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n";
    String upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    String h2c =
        "GET /h HTTP/1.1\r\nHost: a\nX: y\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    String switched = "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    String framed = "HTTP/1.1 200 OK\r\n%sContent-Length: 9\r\n\r\n%s";
    return Stream.of(
        of(
            "connect, answered with a body that looks like HTTP/2",
            connect,
            framed.formatted("", SETTINGS),
            HTTP2.substring(0, 24) + "\0\0\67\0\0\0\0\0\1" + EVIL),
        of(
            "connect, answered with a long head and a body that looks like a greeting",
            connect,
            framed.formatted("A: " + "b".repeat(9000) + "\r\n", "SSH-2.0-x"),
            "x y\r\n",
            "z",
            "x y\r\n" + NAME + ": evil\r\n\r\n"),
        of("connect, then a request", connect, OK, EVIL),
        of("connect, then a bare request", connect, OK, BARE),
        of("connect, then HTTP/2", connect, OK, HTTP2),
        of("connect, then HTTP/2 behind a line end", connect, OK, "\r\n" + HTTP2),
        of("upgrade, then a request", upgrade, "HTTP/1.1 101 S\r\n\r\n", EVIL),
        of("upgrade, then a bare request", upgrade, "HTTP/1.1 101 S\r\n\r\n", BARE),
        of("upgrade, then HTTP/2", upgrade, "HTTP/1.1 101 S\r\n\r\n", HTTP2),
        of("upgrade answered 200, then a bare request", upgrade, OK, BARE),
        of("HTTP/2", HTTP2),
        of("HTTP/2 behind HTTP/1", head("Host: a"), OK, HTTP2),
        of("HTTP/2 at once behind HTTP/1", head("Host: a") + HTTP2),
        of("HTTP/2 behind HTTP/1 and a line end", head("Host: a"), OK, "\r\n" + HTTP2),
        of("uncertain upgrade to h2c", h2c, switched, HTTP2),
        of(
            "upgrade to h2c without settings",
            "GET /h HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            switched,
            HTTP2),
        of(
            "odd upgrade to h2c",
            h2c.replace("\n", "\r\n").replace("Upgrade:", "Upgrade_:"),
            switched,
            HTTP2));
  }

  private static Stream<Case> lengths(String length) {
    String coding = "Transfer-Encoding: chunked";
    List<Case> cases = new ArrayList<>();
    for (String method : List.of("GET", "HEAD", "DELETE", "OPTIONS", "REPORT", "post", "QUERY")) {
      cases.add(of("length of " + method, post(length, EVIL).replace("POST", method)));
      cases.add(of("chunks of " + method, post(coding, chunk(EVIL)).replace("POST", method)));
      cases.add(
          of(
              "junk line in chunks of " + method,
              post(coding, chunk("x\n " + NAME + ": evil\n\n")).replace("POST", method)));
    }
    for (String odd : List.of("Chunked", "CHUNKED")) {
      cases.add(of("coding " + odd, post("Transfer-Encoding: " + odd, chunk(EVIL))));
      cases.add(
          of(
              "short request in coding " + odd,
              post("Transfer-Encoding: " + odd, chunk("FOO /n" + FIELDS))));
    }
    for (String odd :
        List.of("CONTENT-LENGTH: ", "Content-length: ", "Content-Length:", "Content-Length:  ")) {
      cases.add(of("length spelt " + odd, post(odd + EVIL.length(), EVIL)));
    }
    cases.add(
        of(
            "chunks in HTTP/1.2",
            post(coding, chunk(EVIL)).replace("1.1\r\nHost: a\r\nT", "1.2\r\nHost: a\r\nT")));
    cases.add(
        of("chunk size of ten digits", post(coding, "0000000035\r\n" + EVIL + "\r\n0\r\n\r\n")));
    cases.add(
        of(
            "chunk extension",
            post(coding, chunk(EVIL).replaceFirst("\r\n", ";a=" + "b".repeat(200) + "\r\n"))));
    cases.add(of("chunk extension, open quote", post(coding, "5;a=\"\r\nX\r\n" + EVIL)));
    cases.add(of("length of 2^62", post("Content-Length: 4611686018427387904", "hello" + EVIL)));
    cases.add(of("a hundred fields", post("A: b\r\n".repeat(100) + length, EVIL)));
    cases.add(
        of("head of 8 KiB", post(("A: " + "b".repeat(500) + "\r\n").repeat(16) + length, EVIL)));
    cases.add(of("line of 4 KiB", post("A: " + "b".repeat(4090) + "\r\n" + length, EVIL)));
    cases.add(of("name at the end of a buffer", head("A: " + "b".repeat(4093) + NAME + ": evil")));
    String far = "b".repeat(260) + NAME + ": evil";
    cases.add(of("name at the end of a buffer in a folded line", head("B: c\r\n d\r\nA: " + far)));
    cases.add(
        of("name at the end of a buffer in a head of LF", head("A: " + far).replace("\r\n", "\n")));
    cases.add(
        of(
            "name at the end of a buffer in a trailer",
            post(coding, "1\r\na\r\n0\r\nA: " + far + "\r\n\r\n")));
    cases.add(
        of(
            "name at the end of a buffer in a list that was joined",
            head(("X-Forwarded-For: " + far.substring(150) + "\r\n").repeat(2) + "A: b")));
    cases.add(
        of(
            "name in a long target",
            head("A: b").replace("/h", "/" + "b".repeat(300) + NAME + ":evil")));
    return cases.stream();
  }

  /// A server that takes something for a request which is none finds the end of that one's body in
  /// a body of another message.
  private static Stream<Case> outOfStep(String length) {
    String other = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n";
    String late = "\r\n".repeat(450) + EVIL;
    String next = post("Content-Length: " + late.length(), late);
    String hidden = "Content-Length: " + other.length();
    return Stream.of(
        of(
            "upgrade, then a body",
            post("Connection: Upgrade\r\nUpgrade: foo\r\n" + length, ""),
            "",
            EVIL),
        of(
            "upgrade, then a body that begins a request",
            post("Connection: Upgrade\r\nUpgrade: foo\r\n" + hidden, other),
            OK,
            next),
        of("a final answer, then the body", post(length, ""), OK, EVIL),
        of(
            "a final answer, then the rest of the body",
            post("Content-Length: " + (EVIL.length() + 4), "abcd"),
            OK,
            EVIL),
        of(
            "an interim answer that does not ask for the body",
            post("Expect: 100-continue\r\n" + length, ""),
            "HTTP/1.1 103 Early Hints\r\n\r\n",
            EVIL),
        of(
            "expect, refused, then a request, to a server that reads the body",
            post("Expect: 100-continue\r\nContent-Length: 700", "").replace("/r", "/h"),
            "HTTP/1.1 413 No\r\n\r\n",
            next),
        of(
            "a body of CONNECT that begins a request, and a tunnel",
            post(hidden, other).replaceFirst("POST", "CONNECT"),
            "HTTP/1.1 200 OK\r\n\r\n",
            next),
        of(
            "a body behind a request that is not answered yet",
            head("Host: a") + post(length, ""),
            "",
            EVIL),
        of(
            "a final answer among more than are counted, then the body",
            head("Host: a").repeat(33) + post(length, ""),
            OK.repeat(34),
            EVIL),
        of(
            "a final answer to a method that is HEAD to some, then the body",
            head("Host: a").replaceFirst("GET", "head"),
            "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
            post(length, ""),
            OK,
            EVIL),
        of(
            "a final answer, then a body with controls between the words of a request line",
            post(length, ""),
            OK,
            EVIL.replace(" H", "\u000bH")),
        of(
            "an answer to what only the server took for a request, and one in its body to a handshake",
            "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n",
            head(
                "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
            "HTTP/1.1 101 S\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            EVIL),
        of(
            "an answer without an end to what only the server took for a request, and a tunnel",
            post(hidden, other).replaceFirst("POST", "GET"),
            OK,
            "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
            "x y\r\n",
            "z",
            "x y\r\n" + NAME + ": evil\r\n\r\n"),
        of("length in HTTP/1.9", post(length, EVIL).replaceFirst("1\\.1", "1.9")),
        of("PROXY line, then a body", "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n" + post(length, EVIL)),
        of(
            "PROXY line that is a request line, then a line that is one and a field",
            "PROXY / HTTP/1.1\r\n" + NAME + " :evil HTTP/1.1\r\nHost: a\r\n\r\n"),
        of(
            "PROXY line of a family that is not known, which is a request line",
            "PROXY UNKNOWN HTTP/1.1\r\n" + NAME + "#z /:evil HTTP/1.1\r\nHost: a\r\n\r\n"),
        of(
            "PROXY line, then a request line that is a field",
            "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n" + NAME + " :evil HTTP/1.1\r\nHost: a\r\n\r\n"),
        of(
            "PROXY header with a request in it",
            "\r\n\r\n\0\r\nQUIT\n!\21\0" + (char) other.length() + other + next),
        of(
            "expect, a body that begins a request",
            post("Expect: 100-continue\r\n" + hidden, other),
            OK,
            next),
        of(
            "a chunk extension, and a body that begins a request",
            post("Transfer-Encoding: chunked", chunk(other).replaceFirst("\r\n", ";a=b\r\n")),
            OK,
            next),
        of(
            "a body of GET that begins a request",
            post(hidden, other).replaceFirst("POST", "GET"),
            OK,
            next),
        of(
            "a body of GET that begins a request, and a tunnel",
            post(hidden, other).replaceFirst("POST", "GET"),
            OK,
            "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            OK,
            next));
  }

  /// What begins in a body that some server takes for requests ends behind it; to all others a line
  /// begins there.
  private static Stream<Case> borders() {
    String begun = "GET /n HTTP/1.1\r\nHost: a\r\nX-Clie";
    String connect = "CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s";
    return Stream.of(
        of(
            "a name that begins in the body of CONNECT",
            connect.formatted(begun.length(), begun),
            OK,
            "nt-Hostname: evil\r\n\r\n"),
        of(
            "the same, and no text",
            connect.formatted(11, "x y\r\nX-Clie"),
            OK,
            "nt-Hostname: evil\1\r\n\r\n"),
        of(
            "a preface that begins in the body of GET",
            post("Content-Length: 14", HTTP2).replaceFirst("POST", "GET")),
        of(
            "a preface that begins in the body of CONNECT",
            connect.formatted(14, HTTP2.substring(0, 14)),
            OK,
            HTTP2.substring(14)),
        of(
            "a preface that begins in a PROXY header",
            "\r\n\r\n\0\r\nQUIT\n!\21\0\4\n\r\nP" + HTTP2.substring(1)),
        of(
            "CR at the end of the body of GET, and a byte of the line end behind it",
            post("Content-Length: 16", "GET /n HTTP/1.1\rz" + NAME + ": evil\rz\rz")
                .replaceFirst("POST", "GET")),
        of(
            "a line behind a body of GET that is none",
            post("Content-Length: 4", "FOO GET a HTTP/1.1 " + NAME + ": evil\n\n")
                .replaceFirst("POST", "GET")),
        of(
            "a target behind the body of GET, and a name in the place of the version",
            post("Content-Length: 4", "FOO h " + NAME + ":evil HTTP/1.1\r\nHost: a\r\n\r\n")
                .replaceFirst("POST", "GET")));
  }

  /// A server behind an intermediary that writes HTTP/1 may read the DATA of a stream as requests.
  private static Stream<Case> http2Bodies() {
    String get = "\u0082\u0084\u0086\1\1a";
    String post = get.replace('\u0082', '\u0083');
    String connect = "\2\7CONNECT\1\1a";
    String chunked = "\0\21transfer-encoding\7chunked";
    String lengths = "\17\15\0013\17\15\00253";
    String line = "GET /n HTTP/1.1\r\nHost: a\r\nA: b";
    return Stream.of(
        http2("a body of GET", get, frame(0, 1, EVIL)),
        http2("a bare body of GET", get, frame(0, 1, BARE)),
        http2(
            "a body of GET in pieces",
            get,
            frame(0, 0, EVIL.substring(0, 30)) + frame(0, 1, EVIL.substring(30))),
        http2("a padded body of GET", get, frame(0, 9, "\3" + EVIL + "\0\0\0")),
        http2(
            "a name that begins a frame",
            get,
            frame(0, 0, line) + frame(0, 1, NAME + ": evil\r\n\r\n")),
        http2("a tunnel", connect, frame(0, 0, EVIL)),
        http2("a bare tunnel", connect, frame(0, 0, BARE)),
        http2("a preface in a tunnel", connect, frame(0, 0, HTTP2)),
        http2("a body of POST with a coding", post + chunked, frame(0, 1, "0\r\n\r\n" + EVIL)),
        http2("a body of POST with two lengths", post + lengths, frame(0, 1, EVIL)),
        http2("a body without a method", post.substring(1), frame(0, 1, EVIL)));
  }

  private static Case http2(String name, String block, String rest) {
    return of(
        "HTTP/2, " + name,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SETTINGS + frame(1, 4, block),
        SETTINGS,
        rest);
  }

  /// Of stream 1.
  private static String frame(int type, int flags, String payload) {
    return "\0\0" + (char) payload.length() + (char) type + (char) flags + "\0\0\0\1" + payload;
  }

  private static Stream<Case> names() {
    List<Case> cases = new ArrayList<>();
    for (String odd :
        List.of(
            NAME + "#z",
            NAME + "_",
            NAME + ".",
            NAME + "!",
            NAME + "~",
            NAME + "|x",
            "_" + NAME,
            NAME + "._",
            "X_Client.Hostname",
            NAME + " ",
            NAME + "\0z",
            "\u0001" + NAME,
            "\u00a0" + NAME,
            "  " + NAME,
            "\t\t" + NAME,
            "\u00ef\u00bb\u00bf" + NAME,
            "X-Cli\rent-Hostname",
            "X-Cli\nent-Hostname",
            "X-Client-\n Hostname",
            "X-Cli\0ent-Hostname",
            "X-Cli\r\nent-Hostname",
            "X-Cli\rzent-Hostname",
            "X-Cli\u00ffent-Hostname",
            "X-Cli\u0080\u0099ent-Hostname",
            "\u00d8-\u00c3lient-Hostname",
            "X-Cl\u00c4\u00b1ent-Hostname",
            "X-Client-Ho\u00c5\u00bftname",
            "X-Client-Ho\u00ef\u00ac\u0086name",
            "X\u00e2\u0080\u0090Client-Hostname",
            NAME + "\u000b\r",
            NAME + "\r\n ",
            NAME + ";z")) {
      cases.add(of("name " + odd, head("Host: a\r\nX-Y: z\r\n" + odd + ": evil")));
      cases.add(of("first name " + odd, head(odd + ": evil\r\nHost: a")));
    }
    for (String gap : List.of(" HTTP/1.1 ", " HTTP/1.1\t", " HTTP/1.10", " HTTP/1.1", " ", "  ")) {
      cases.add(
          of("name behind a target and" + gap, "GET /h" + gap + NAME + ": evil\nHost: a\r\n\r\n"));
    }
    for (String line :
        List.of("GET a HTTP/1.1 ", "GET ftp://x HTTP/9.9", "\"a\" b HTTP/1 ", "a b abcde1.1 ")) {
      cases.add(of("name in a first line " + line, line + NAME + ": evil\nHost: a\r\n\r\n"));
    }
    for (String end :
        List.of(
            "\n",
            "\r",
            "\rz",
            "\r\rz",
            "\0",
            "\u000b",
            "\f",
            "\u001c",
            "\u001d",
            "\u001e",
            "\u0085",
            "\u00c2\u0085")) {
      cases.add(of("line end " + end, head("Host: a\r\nX-Y: z" + end + NAME + ": evil")));
    }
    cases.add(of("colon of seven bits", head("Host: a\r\nX-Y: z\r\n" + NAME + "\u00ba evil")));
    cases.add(
        of(
            "name behind NEL in a target",
            "GET /h\u0085" + NAME + ":evil HTTP/1.1\r\nHost: a\r\n\r\n"));
    return cases.stream();
  }

  private Kinds() {}
}
