package io.podstamp.accept;

import static io.podstamp.config.Profile.STRICT;
import static io.podstamp.config.Profile.TRANSPARENT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A peer that says nothing until it has all that the application sent: whatever protocol it is,
/// and wherever in its first message the application pauses, nothing is held but the fields of an
/// HTTP head that is not whole (docs/http.md, "What waits").
class SilentPeerTest {
  /// One more than the 2 ms for what may become a protected name.
  private static final int SOON_MS = 3;

  /// The same for a first line in profile strict.
  private static final int QUIET_MS = 251;

  /// As long as what must not pass waits for a server that may prove another protocol.
  private static final int SERVER_MS = 1_000;

  /// Whose fields wait for the end of their head.
  private static final Set<String> HTTP1 = Set.of("HTTP/1.1", "HTTP/1.1 with a body", "HTTP/1.0");

  /// What waits for the server's SETTINGS in profile strict; its preface does not.
  private static final Set<String> HTTP2 = Set.of("HTTP/2", "etcd over gRPC");

  /// What has a line that some server takes for a request, or an empty line: profile strict ends
  /// it, and never lets it hang (docs/http.md, "What strict resets").
  private static final Set<String> STRICT_ENDS =
      Set.of(
          "BEEP",
          "DICT",
          "Debug Adapter",
          "Gemini",
          "Icecast source",
          "Language Server",
          "MSRP",
          "NATS",
          "Postfix policy",
          "RTSP",
          "SIP",
          "STOMP",
          "SpamAssassin",
          "Spartan",
          "Subversion",
          "git");

  record Opening(String protocol, String source, String bytes) {}

  static List<Opening> openings() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SilentPeerTest.class.getResourceAsStream("openings.txt"))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t", 3))
          .map(columns -> new Opening(columns[0], columns[1], bytes(columns[2])))
          .toList();
    }
  }

  private static String bytes(String escaped) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '\\') {
        bytes.append(c);
        continue;
      }
      char kind = escaped.charAt(++i);
      bytes.append(
          switch (kind) {
            case 'r' -> '\r';
            case 'n' -> '\n';
            case 't' -> '\t';
            case '0' -> '\0';
            case 'x' -> (char) Integer.parseInt(escaped.substring(++i, ++i + 1), 16);
            default -> throw new IllegalArgumentException(escaped);
          });
    }
    return bytes.toString();
  }

  @Test
  void thereAreMoreThanAHundred_eachWithASource() throws IOException {
    assertThat(openings()).hasSizeGreaterThan(100).noneMatch(one -> one.source().isBlank());
    assertThat(openings()).extracting(Opening::protocol).doesNotHaveDuplicates();
  }

  static List<Arguments> everyOpening() throws IOException {
    List<Arguments> all = new ArrayList<>();
    for (Opening opening : openings()) {
      all.add(Arguments.of(opening.protocol(), opening.bytes()));
    }
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyOpening")
  void everyPrefix_transparent_leavesAtOnce(String protocol, String bytes) {
    for (int to = 1; to <= bytes.length(); to++) {
      String sent = bytes.substring(0, to);
      Wire.Outcome outcome = new Wire(TRANSPARENT).send(sent).idle(SOON_MS).vanish();
      assertThat(outcome.events()).as(sent).isEmpty();
      assertThat(outcome.upstream()).as(sent).isEqualTo(due(protocol, bytes, sent));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyOpening")
  void everyPrefix_strict_leavesInTime_orEnds(String protocol, String bytes) {
    for (int to = 1; to <= bytes.length(); to++) {
      String sent = bytes.substring(0, to);
      Wire.Outcome outcome = new Wire(STRICT).send(sent).idle(QUIET_MS).vanish();
      boolean isLeft = outcome.upstream().equals(due(protocol, bytes, sent));
      if (!outcome.events().isEmpty() || !isLeft) {
        assertThat(STRICT_ENDS.contains(protocol) || HTTP1.contains(protocol)).as(sent).isTrue();
        assertThat(sent).startsWith(outcome.upstream());
        assertThat(endsOrWaitsForItsLineEnd(sent)).as(sent).isTrue();
      }
    }
  }

  /// What is no certain request any more ends; the end of a line that looks like one waits.
  private static boolean endsOrWaitsForItsLineEnd(String sent) {
    Wire.Outcome late = new Wire(STRICT).send(sent).idle(QUIET_MS).idle(SERVER_MS).vanish();
    return !late.events().isEmpty() || (late.upstream() + "\r").equals(sent);
  }

  @Test
  void strict_endsTheProtocolsThatTheDocsName_andNoOther() throws IOException {
    List<String> ended = new ArrayList<>();
    for (Opening opening : openings()) {
      Wire wire = new Wire(STRICT).send(opening.bytes()).idle(QUIET_MS).idle(SERVER_MS);
      if (!wire.vanish().events().isEmpty()) {
        ended.add(opening.protocol());
      }
    }
    assertThat(ended).containsExactlyInAnyOrderElementsOf(STRICT_ENDS);
  }

  /// Byte by byte, with a pause behind each.
  @ParameterizedTest(name = "{0}")
  @MethodSource("everyOpening")
  void typedSlowly_arrivesAsItIsTyped(String protocol, String bytes) {
    for (Profile profile : Profile.values()) {
      Wire wire = new Wire(profile);
      for (int i = 0; i < bytes.length(); i++) {
        wire.send(bytes.substring(i, i + 1)).idle(QUIET_MS);
      }
      Wire.Outcome outcome = wire.idle(SERVER_MS).vanish();
      if (outcome.events().isEmpty()) {
        assertThat(outcome.upstream()).isEqualTo(due(protocol, bytes, bytes));
      } else {
        assertThat(profile).isEqualTo(STRICT);
        assertThat(STRICT_ENDS).contains(protocol);
        assertThat(bytes).startsWith(outcome.upstream());
      }
    }
  }

  /// What has to be with the server of what was sent.
  private static String due(String protocol, String bytes, String sent) {
    int line = bytes.indexOf("\r\n");
    if (HTTP2.contains(protocol)) {
      // Behind it the tripwire would go off.
      return sent.equals(bytes) ? sent : sent.substring(0, Math.min(sent.length(), line));
    }
    if (!HTTP1.contains(protocol)) {
      return sent;
    }
    int head = bytes.indexOf("\r\n\r\n") + 4;
    if (sent.length() >= head) {
      return sent.substring(0, line + 2) + Wire.STAMP + sent.substring(line + 2);
    }
    return sent.length() == line + 1 ? sent : sent.substring(0, Math.min(sent.length(), line));
  }

  private static final String FORGED = "X-Client-Hostname: evil\r\n";

  /// The line's beginning is with the server when the rest comes.
  @ParameterizedTest
  @EnumSource
  void requestLineThatPauses_isStampedAsAnyOther(Profile profile) {
    String line = "GET /a?b=c HTTP/1.1";
    for (int pause = 1; pause < line.length(); pause++) {
      Wire wire = new Wire(profile).send(line.substring(0, pause)).idle(QUIET_MS);
      wire.send(line.substring(pause) + "\r\n").idle(QUIET_MS).send("Host: a\r\n" + FORGED);
      Wire.Outcome outcome = wire.idle(QUIET_MS).send("\r\n").close();
      assertThat(outcome.upstream()).isEqualTo(line + "\r\n" + Wire.STAMP + "Host: a\r\n\r\n");
      assertThat(outcome.tally()).containsExactly("stamped-1");
    }
  }

  /// The second request of a connection, which the stamper reads and no detector.
  @ParameterizedTest
  @EnumSource
  void laterRequestLineThatPauses_isStampedAsAnyOther(Profile profile) {
    String request = "GET / HTTP/1.1\r\n\r\n";
    String stamped = "GET / HTTP/1.1\r\n" + Wire.STAMP + "\r\n";
    Wire wire = new Wire(profile).send(request).answer("HTTP/1.1 204 x\r\n\r\n");
    wire.send("\r\nGE").idle(QUIET_MS).send("T / HTTP/1.1").idle(QUIET_MS);
    Wire.Outcome outcome = wire.send("\r\n\r\n").close();
    assertThat(outcome.upstream()).isEqualTo(stamped + "\r\n" + stamped);
    assertThat(outcome.tally()).containsExactly("stamped-0", "stamped-0");
  }

  /// What came while the server took no more has not been looked at when the wait is over.
  @ParameterizedTest
  @EnumSource
  void requestLineThatPauses_andGoesOnWhileTheServerTakesNoMore_isStamped(Profile profile) {
    String request = "GET / HTTP/1.1\r\n\r\n";
    Wire wire = new Wire(profile).send(request).send("X-").reading(false);
    wire.send("Y / HTTP/1.1\r\n" + FORGED + "\r\n").idle(QUIET_MS).reading(true);
    assertThat(wire.close().upstream())
        .isEqualTo(
            "GET / HTTP/1.1\r\n" + Wire.STAMP + "\r\nX-Y / HTTP/1.1\r\n" + Wire.STAMP + "\r\n");
  }

  /// What can be no certain request any more ends before its line does.
  @ParameterizedTest
  @ValueSource(strings = {"\n", " \r\n", "\u000b", "\0", "\rx"})
  void requestLineThatBecomesUncertain_strict_isResetBeforeItEnds(String end) {
    String line = "GET / HTTP/1.1";
    Wire wire = new Wire(STRICT).send(line).idle(QUIET_MS).send(end + "Host: a\r\n\r\n");
    Wire.Outcome outcome = wire.close();
    assertThat(outcome.upstream()).isEqualTo(line);
    assertThat(outcome.downstream()).isEmpty();
    assertThat(outcome.events()).containsExactly("Abort");
    assertThat(outcome.tally()).containsExactly("refused ODD_START");
  }

  /// A line end of some servers is among the bytes of a target for others: it stays.
  @Test
  void requestLineThatPauses_strict_endsForNobody() {
    String line = "GET /\u0085";
    for (String rest : List.of("", "x", " HTTP/1.1\r")) {
      Wire wire = new Wire(STRICT).send(line + rest).idle(QUIET_MS);
      assertThat(wire.vanish().upstream()).isEqualTo("GET /");
    }
    assertThat(new Wire(STRICT).send("GET / HTTP/1.1\r").idle(QUIET_MS).vanish().upstream())
        .isEqualTo("GET / HTTP/1.1");
  }

  @ParameterizedTest
  @EnumSource
  void endOfInput_behindALineThatPaused_isNoRequest(Profile profile) {
    Wire.Outcome outcome = new Wire(profile).send("GET /").idle(QUIET_MS).eof().close();
    assertThat(outcome.upstream()).isEqualTo("GET /");
    assertThat(outcome.events())
        .isEqualTo(
            profile == STRICT
                ? List.of("Abort", "ChannelInputShutdownEvent")
                : List.of("ChannelInputShutdownEvent"));
  }

  /// A protected name leaves, its colon never, wherever the line pauses.
  @ParameterizedTest
  @EnumSource
  void protectedName_inALineThatPauses_neverHasItsColon(Profile profile) {
    for (String text :
        List.of(
            "X-Client-Hostname: evil\r\n",
            "\r\nX-Client-Hostname /: evil\r\n",
            "X-Secret : evil\n",
            "GET /" + "x".repeat(300) + "X-Client-Hostname:evil HTTP/1.1\r\n\r\n")) {
      for (int pause = 1; pause < text.length(); pause++) {
        Wire wire = new Wire(profile).send(text.substring(0, pause)).idle(QUIET_MS);
        String upstream = wire.send(text.substring(pause)).close().upstream();
        assertThat(text).startsWith(upstream);
        assertThat(upstream).doesNotContain(":");
      }
    }
  }

  /// The server's answer to what has left proves what both speak.
  @ParameterizedTest
  @EnumSource
  void answerToALineThatPaused_isHalfOfAPair(Profile profile) {
    Wire wire = new Wire(profile).send("PING").idle(QUIET_MS).send("\r\n").answer("+PONG\r\n");
    assertThat(wire.isWatched()).isFalse();
    assertThat(wire.send("\r\n" + FORGED).close().upstream()).isEqualTo("PING\r\n\r\n" + FORGED);
    Wire none = new Wire(profile).send("hello").idle(QUIET_MS).answer("world");
    assertThat(none.isWatched()).isTrue();
    Wire.Outcome outcome = none.send("\r\n" + FORGED).close();
    assertThat(outcome.upstream()).isEqualTo("hello\r\n");
    assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP", "tripped");
  }

  /// A server that takes the beginning of a line for a request has answered one without a stamp.
  @Test
  void answerToARequestLineThatPaused_inNoHttp_strict_isReset() {
    Wire wire = new Wire(STRICT).send("GET /x").idle(QUIET_MS).answer("<html>");
    assertThat(wire.send("\r\n").close().events()).containsExactly("Abort");
  }

  /// In profile strict text that is no request leaves too, and ends where it begins to be one.
  @Test
  void textThatPauses_strict_isLookedAtUntilItsLineEnds() {
    Wire wire = new Wire(STRICT).send("{\"a\":").idle(QUIET_MS);
    wire.send("1, ").send("\"b\": /");
    Wire.Outcome outcome = wire.close();
    assertThat(outcome.upstream()).isEqualTo("{\"a\":1, \"b\": ");
    assertThat(outcome.events()).containsExactly("Abort");

    Wire line = new Wire(STRICT).send("{\"a\":").idle(QUIET_MS).send("1}\n");
    assertThat(line.send("GET /x HTTP/1.1\r\n").close().upstream()).isEqualTo("{\"a\":1}\nGET ");
  }

  @Test
  void proxyHeaderThatPauses_isFollowedByABeginning() {
    String header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
    for (Profile profile : Profile.values()) {
      for (int pause = 1; pause < header.length(); pause++) {
        Wire wire = new Wire(profile).send(header.substring(0, pause)).idle(QUIET_MS);
        wire.send(header.substring(pause) + "GET / HTTP/1.1\r\n" + FORGED + "\r\n");
        assertThat(wire.close().upstream())
            .isEqualTo(header + "GET / HTTP/1.1\r\n" + Wire.STAMP + "\r\n");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionThatVanishes_whileALineWaits_leaksNothing(Profile profile) {
    assertThat(new Wire(profile).send("X-Cl").vanish().upstream()).isEmpty();
    Wire wire = new Wire(profile).send("GET / HTTP/1.1\r\n\r\n").send("X-Cl");
    assertThat(wire.vanish().upstream()).endsWith("\r\n\r\n");
  }
}
