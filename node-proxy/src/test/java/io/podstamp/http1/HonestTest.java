package io.podstamp.http1;

import static io.podstamp.config.Profile.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Traffic of honest applications that has protected names, request lines and prefaces in it, where
/// they mean nothing: in both profiles and in any segmentation all of it leaves. What profile
/// strict resets all the same is named in docs/http.md, "What strict resets".
@SuppressWarnings("StringConcatToTextBlock") // line ends are to be seen
class HonestTest {
  /// Rows of docs/http.md.
  private static final Set<String> STRICT_RESETS =
      Set.of(
          "STOMP",
          "git",
          "JSON logs, which nobody answers",
          "syslog, which nobody answers",
          "log lines with empty lines",
          "HTTP text through an upgrade");

  private static final String YAML =
      "controller:\n  config:\n    X-Forwarded-For: 1.2.3.4\n  X-Client-Hostname: a\n\n"
          + "X-Client-Hostname: b\n";
  private static final String DUMP =
      "GET /n HTTP/1.1\r\nHost: a\r\nX-Client-Hostname: evil\r\nX-Secret: 1\r\n\r\n"
          + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String MAIL =
      "Received: from a\r\nX-Client-Hostname: mail\r\nX-Secret: 1\r\nSubject: x\r\n\r\n" + DUMP;
  private static final String HAR =
      "{\"log\":{\"entries\":[{\"request\":{\"headers\":[{\"name\":\"X-Client-Hostname\",\"value\":\"a\"}],"
          + "\"text\":\"GET / HTTP/1.1\\r\\nX-Client-Hostname: a\"}}]}}";
  private static final String JSON_LOGS =
      "{\"X-Client-Hostname\":\"a\",\"msg\":\"GET / HTTP/1.1\"}\n{\"headers\":{\"X-Secret\": 1}}\n";
  private static final String XML =
      "<?xml version=\"1.0\"?>\n<D:propfind xmlns:D=\"DAV:\">\n <D:prop><X-Secret/></D:prop>\n"
          + " <!-- X-Client-Hostname: a -->\n</D:propfind>\n";
  private static final String SEARCH =
      "{\n  \"query\": {\n    \"match\": {\n      \"X-Client-Hostname\": \"a\",\n"
          + "      \"request\": \"GET / HTTP/1.1\"\n    }\n  }\n}\n";
  private static final String MSEARCH =
      "{\"index\":\"a\"}\n{\"query\":{\"term\":{\"X-Secret\":\"GET /\"}}}\n{}\n{\"size\":1}\n";
  private static final String SQL =
      "INSERT INTO h VALUES ('\nX-Client-Hostname: 1.2.3.4\nGET / HTTP/1.1\n\n');";
  private static final String ACCESS_LOG =
      "10.0.0.1 - - [30/Nov/2026:14:22:56 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"curl\"\n"
          .repeat(3);

  private static Arguments of(String name, String... said) {
    return Arguments.of(name, List.of(said));
  }

  private static Arguments request(String name, String method, String body, String... lines) {
    String head = method + " /x HTTP/1.1\r\nHost: a\r\n" + String.join("", lines);
    return of(name, head + "Content-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private static Arguments chunked(String name, String method, String body) {
    return of(
        name,
        method
            + " /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(body.length())
            + "\r\n"
            + body
            + "\r\n0\r\n\r\n");
  }

  static Stream<Arguments> http() {
    String big = "Cookie: " + "c".repeat(4_000) + "\r\n";
    List<Arguments> cases = new ArrayList<>();
    for (String body : List.of(YAML, DUMP, MAIL, HAR, JSON_LOGS, XML, SQL, ACCESS_LOG)) {
      String what = body.substring(0, 8).strip();
      for (String method : List.of("POST", "PUT", "PATCH")) {
        cases.add(request(method + " " + what, method, body));
        cases.add(chunked(method + " in chunks " + what, method, body));
        cases.add(
            of(
                method + " lower-case length " + what,
                method
                    + " / HTTP/1.1\r\nhost: a\r\ncontent-length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body));
      }
    }
    for (String body : List.of(YAML, HAR, JSON_LOGS, XML, ACCESS_LOG, MSEARCH)) {
      String what = body.substring(0, 8).strip();
      cases.add(request("large cookie, " + what, "POST", body, big));
      cases.add(request("many fields, " + what, "POST", body, "A: b\r\n".repeat(60)));
      cases.add(
          request("expect, nobody answers, " + what, "PUT", body, "Expect: 100-continue\r\n"));
      cases.add(
          of(
              "signed chunks, " + what,
              "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + Integer.toHexString(body.length())
                  + ";chunk-signature="
                  + "0".repeat(64)
                  + "\r\n"
                  + body
                  + "\r\n0;chunk-signature="
                  + "1".repeat(64)
                  + "\r\n\r\n"));
    }
    for (String method :
        List.of("GET", "DELETE", "REPORT", "PROPFIND", "QUERY", "SEARCH", "OPTIONS")) {
      for (String body : List.of(SEARCH, MSEARCH, XML, HAR, JSON_LOGS)) {
        cases.add(request(method + " " + body.substring(0, 8).strip(), method, body));
        cases.add(chunked(method + " in chunks " + body.substring(0, 8).strip(), method, body));
      }
    }
    cases.add(
        request(
            "multipart",
            "POST",
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x.txt\"\r\n"
                + "Content-Type: text/plain\r\nX-Client-Hostname: part\r\n\r\n"
                + DUMP
                + "\r\n--b--\r\n",
            "Content-Type: multipart/form-data; boundary=b\r\n"));
    cases.add(
        of(
            "UTF-8 in values",
            "GET / HTTP/1.1\r\nHost: a\r\nX-Title: \u00c3\u0085ngstr\u00c3\u00b6m \u00e2\u0080\u00a6\r\n\r\n"));
    cases.add(
        of(
            "names that begin with ours",
            "GET / HTTP/1.1\r\nHost: a\r\nX-Client-Hostname-Original: a\r\n"
                + "X-Client-Hostname_Original: a\r\nX-Client-Hostnames: a\r\nMy-X-Client-Hostname: a\r\n\r\n"));
    return cases.stream();
  }

  static Stream<Arguments> others() {
    String mqtt = "\u0010\u0013\0\u0004MQTT\u0004\u0002\0<\0\u0007x123456";
    String rest = "\r\n" + DUMP + MAIL + YAML + SQL;
    return Stream.of(
        of("MQTT", mqtt, " \u0002\0\0", "0@\0\u0001a" + rest),
        of("AMQP", "AMQP\0\0\u0009\u0001", "\u0001\0\0\0\0\u0001", rest),
        of(
            "PostgreSQL",
            "\0\0\0\b\u0004\u00d2\u0016/",
            "N",
            "\0\0\0(\0\3\0\0user\0a\0\0",
            "R\0\0\0\b\0\0\0\0",
            "Q\0\0\0@" + SQL + rest),
        of(
            "PostgreSQL with TLS",
            "\0\0\0\b\u0004\u00d2\u0016/",
            "S",
            "\u0016\u0003\u0001\0\u0005\u0001\0\0\u0001x",
            "\u0016\u0003\u0003",
            rest),
        of(
            "MySQL",
            "",
            "J\0\0\0\n8.0.36\0\1\0\0\0",
            " \0\0\1\5\u00a6\u000f",
            "\7\0\0\2\0",
            SQL + rest),
        of(
            "SMTP",
            "",
            "220 mx ready\r\n",
            "EHLO a\r\n",
            "250-mx\r\n250 OK\r\n",
            "DATA\r\n" + MAIL + rest),
        of("LMTP that speaks early", "LHLO a\r\n", "220 ready\r\n250 ok\r\n", MAIL),
        of("FTP", "", "220 ftp\r\n", "USER a\r\n", "331 ok\r\n", rest),
        of(
            "IMAP",
            "",
            "* OK IMAP4rev1\r\n",
            "a1 LOGIN a b\r\n",
            "a1 OK\r\n",
            "a2 APPEND x {9}\r\n" + MAIL),
        of("POP3", "", "+OK ready\r\n", "USER a\r\n", "+OK\r\n", rest),
        of("SSH", "", "SSH-2.0-OpenSSH_9\r\n", "SSH-2.0-x\r\n", "", rest),
        of("NATS", "", "INFO {\"a\":1}\r\n", "CONNECT {}\r\nPUB a 200\r\n" + rest),
        of("Redis", "*3\r\n$3\r\nSET\r\n$5\r\npod:1\r\n$1\r\n1\r\n", "+OK\r\n", "*3\r\n" + rest),
        of("Redis inline", "SET a b\r\n", "+OK\r\n", rest),
        of(
            "Redis, the name in the second of two commands",
            "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$20\r\nX-Client-Hostname:ab\r\n",
            "+PONG\r\n",
            ""),
        of("memcached", "set a 0 0 1\r\n1\r\n", "STORED\r\n", "set b 0 0 500\r\n" + rest),
        of("memcached get", "get a b\r\n", "END\r\n", "set b 0 0 500\r\n" + rest),
        of(
            "Kafka",
            "\0\0\0#\0\u0012\0\u0003\0\0\0\u0001\0\u0001x",
            "\0\0\u0001\u0002\0\0\0\u0001",
            "\0\0\1\0\0\0\0\7" + rest),
        of(
            "MongoDB",
            "@\0\0\0\1\0\0\0\0\0\0\0\u00dd\7\0\0\0\0\0\0",
            "@\0\0\0\2\0\0\0\1\0\0\0\u00dd\7\0\0\0\0",
            rest),
        of("ZooKeeper's letters", "ruok\n", "imok", ""),
        of("LDAP", "0\f\2\1\1`\7\2\1\3\4\0\u0080\0", "0\f\2\1\1a\7\n\1\0\4\0\4\0", rest),
        of(
            "IRC",
            "NICK a\r\nUSER a 0 * :a\r\n",
            ":irc.example NOTICE * :hi\r\n",
            "PRIVMSG #a :x\r\n" + rest),
        of(
            "git",
            "0032git-upload-pack /a.git\0host=a\0",
            "00bb" + "0".repeat(40) + " HEAD\n",
            rest),
        of("Subversion", "", "( success ( 2 2 ( ) ( ) ) ) ", "( 2 ( ) ) " + rest),
        of("TLS", "\u0016\u0003\u0001\0\u0005\u0001\0\0\u0001x", "\u0016\u0003\u0003", rest),
        of("JSON logs, which nobody answers", JSON_LOGS + JSON_LOGS),
        of(
            "syslog, which nobody answers",
            "<34>1 2026-11-30T14:22:56Z a su - - - 'X-Secret: 1' \"GET / HTTP/1.1\"\n".repeat(3)),
        of("log lines with empty lines", "a line\n\nanother line\n"),
        of("STOMP", "CONNECT\naccept-version:1.2\nhost:a\n\n\0"),
        of(
            "STOMP in transparent",
            "CONNECT\naccept-version:1.2\nhost:a\n",
            "CONNECTED\nversion:1.2\n\n\0",
            "SEND\ndestination:/a\n\n" + rest + "\0"),
        of(
            "WebSocket without a mask",
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            "\u0081\u00fe\1\0\0\0\0\0" + rest),
        of(
            "HTTP text through an upgrade",
            "POST /exec HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
            "HTTP/1.1 101 S\r\nUpgrade: tcp\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        of(
            "a tunnel with mail",
            "CONNECT a:25 HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "",
            "220 mx\r\n",
            "EHLO a\r\n",
            "250 ok\r\n",
            MAIL),
        of(
            "a tunnel with TLS",
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "\u0016\u0003\u0001\0\u0005\u0001\0\0\u0001x",
            "\u0016\u0003\u0003",
            rest),
        of(
            "mail behind a PROXY line",
            "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n",
            "220 mx\r\n",
            "EHLO a\r\n",
            "250 ok\r\n",
            MAIL));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("http")
  void requests_leaveStamped(String name, List<String> said) {
    String bytes = said.getFirst();
    int line = bytes.indexOf("\r\n") + 2;
    String stamped = bytes.substring(0, line) + Wire.STAMP + bytes.substring(line);
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.someWays(() -> new Wire(profile), bytes)) {
        assertThat(outcome.upstream()).isEqualTo(stamped);
        assertThat(outcome.events()).as("%s", profile).allMatch("BodyAhead"::equals);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void otherProtocols_leaveAsTheyCame(String name, List<String> said) {
    for (Profile profile : Profile.values()) {
      for (int last = 1; last <= said.size(); last += 2) {
        List<String> before = said.subList(0, last - 1);
        List<Wire.Outcome> outcomes =
            Wire.someWays(() -> begun(profile, before), said.get(last - 1), after(said, last));
        boolean resets = profile == STRICT && STRICT_RESETS.contains(name);
        for (Wire.Outcome outcome : outcomes) {
          if (resets && last == said.size() - 1 + said.size() % 2) {
            assertThat(outcome.events()).isSubsetOf("Abort", "Refuse").hasSize(1);
          } else if (!resets) {
            assertThat(outcome.events()).as("%s", profile).isEmpty();
            assertThat(outcome.upstream().replace(Wire.STAMP, "")).isEqualTo(sent(said, last));
          }
        }
      }
    }
  }

  /// What the server says next.
  private static String after(List<String> said, int last) {
    return last < said.size() ? said.get(last) : "";
  }

  private static String sent(List<String> said, int to) {
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < to; i += 2) {
      sent.append(said.get(i));
    }
    return sent.toString();
  }

  private static Wire begun(Profile profile, List<String> said) {
    Wire wire = new Wire(profile);
    for (int i = 0; i < said.size(); i++) {
      if (i % 2 == 0) {
        wire.send(said.get(i));
      } else {
        wire.answer(said.get(i));
      }
    }
    return wire;
  }
}
