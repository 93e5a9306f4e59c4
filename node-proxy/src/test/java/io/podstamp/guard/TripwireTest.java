package io.podstamp.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Stamp;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tripwire against its definition as a regular expression (docs/http.md, "The tripwire"), in
/// every cut.
class TripwireTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Client-Hostname: evil",
        "GET /\r\nX_CLIENT.HOSTNAME \t: evil",
        "a\u000bpod:",
        "a\u000cpod\0\0:",
        "a\0pod\r\n :",
        "a\rpod:",
        "a\r?pod:",
        "a\r\rzpod:",
        "a\rz pod:",
        "a\npod\u000b\r:",
        "a\npod\u007f\n:",
        "a\npo\u00ffd:",
        "a\npo\u00e4\u0080d:",
        "a\np\u00efd:",
        "a\nx-c\u00c5\u0082ient-ho\u00dfname:",
        "GET / HTTP/1.1 pod:",
        "a \"b\" HTTP/1.1 pod:",
        "a\n\r\n\"a\" b abcde1pod:",
        "GET / HTTP/1.10pod:",
        "GET / HTTP/1.1pod:",
        "GET /h pod:",
        "a\n GET  *  a b pod:",
        "a\n pod:",
        "\tpod:",
        "a\npod:",
        "x-y--:",
        "  pod:",
        "a\n\t pod:",
        "a\r\n\u0001pod:",
        "a\n\u00a0pod:",
        "a\u0085pod:",
        "a\u001epod:",
        "x-cli\rent-hostname:",
        "x-cli\r?ent-hostname:",
        "x-cli\nent-hostname:",
        "X-Client-\n Hostname:",
        "x-cli\0ent-hostname:",
        "pod#z:",
        "pod;z = 1:",
        "pod\0junk:",
        "pod_:",
        "PRI * HTTP/2.0\r\n",
        "0\r\n\r\nPRI * HTTPRI * HTTP/2.0\n",
      })
  void names_areFound_inEveryCut(String bytes) {
    assertThat(TripwireFuzz.isFound(bytes)).isTrue();
    String left = TripwireFuzz.feed(bytes);
    assertThat(left).doesNotEndWith("(end)");
    for (int i = 0; i <= bytes.length(); i++) {
      for (int j = i; j <= bytes.length(); j++) {
        assertThat(TripwireFuzz.feed(bytes, i, j)).isEqualTo(left);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"X-Client-Hostname\": 1}",
        "apod:",
        "pods:",
        "pod\r\nx:",
        "a: pod:",
        "x--y:",
        "=pod:",
        "X-Client-Hostnam:",
        "pod_original:",
        "pod is up:",
        "pod#\nz:",
        "a pod:",
        "a b HTTP/x.1 pod:",
        "a\na b HTTP/1.1 pod:",
        "- pod:",
        "\"pod\":",
        "x-cli\n?ent-hostname:",
        "PRI * HTTP/2.0 \r\n",
      })
  void otherBytes_pass_inEveryCut(String bytes) {
    assertThat(TripwireFuzz.isFound(bytes)).isFalse();
    for (int i = 0; i <= bytes.length(); i++) {
      assertThat(TripwireFuzz.feed(bytes, i)).isEqualTo(bytes + "(end)");
    }
  }

  @Test
  void longestName_isFound_asIsOneBehindIt() {
    String longest = "X" + "-a".repeat(31);
    GuardedNames names =
        Stamp.render(
                List.of(
                    Wire.rule(longest, "", HeaderMode.REMOVE),
                    Wire.rule(longest.substring(0, 61), "", HeaderMode.REMOVE)),
                Wire.POD)
            .guarded();
    for (String name : List.of(longest, longest.substring(0, 61))) {
      Tripwire tripwire = new Tripwire(names, Watch.NAMES);
      assertThat(tripwire.find(Unpooled.copiedBuffer(name + ":", ISO_8859_1), 0, name.length() + 1))
          .isZero();
      assertThat(
              new Tripwire(names, Watch.NAMES)
                  .find(Unpooled.copiedBuffer(name + "b:", ISO_8859_1), 0, name.length() + 2))
          .isNegative();
    }
  }

  @Test
  void nameFarFromItsLineStart_isFound_whereHttp1MayBeRead() {
    String far = "a: " + "b".repeat(252);
    for (String name : List.of("x-client-hostname:", "X_Client.Hostname \t:")) {
      assertThat(longLine(true, far + name)).isEqualTo(far.length() + name.length() - 1);
      assertThat(longLine(true, far.replace("bbb", "b\rb") + name))
          .isEqualTo(far.length() + name.length() - 1);
      assertThat(longLine(false, far + name)).isNegative();
      assertThat(longLine(true, "a: " + "b".repeat(200) + name)).isNegative();
      assertThat(longLine(true, far + "\n" + "a: " + name)).isNegative();
    }
    assertThat(longLine(true, far + "{\"X-Client-Hostname\": \"web-0\"}")).isNegative();
    assertThat(longLine(true, far + "x-client-hostnames:")).isNegative();
  }

  private static int longLine(boolean mayBeHttp1, String text) {
    Tripwire tripwire = new Tripwire(TripwireFuzz.NAMES, Watch.NAMES, mayBeHttp1);
    ByteBuf bytes = Unpooled.copiedBuffer(text, ISO_8859_1);
    for (int at = 0; at < text.length(); at++) {
      if (tripwire.find(bytes, at, at + 1) >= 0) {
        return at;
      }
    }
    return -1;
  }

  @Test
  void randomBytes_asTheDefinitionSays_inRandomCuts() {
    String[] parts = {
      "pod",
      "POD",
      "x",
      "-",
      "_",
      "y",
      ":",
      " ",
      "\r",
      "\n",
      "\0",
      "\u000b",
      "\u000c",
      "client",
      "hostname",
      "X-Client-Hostname",
      "\u00ff",
      "\u00ba",
      "\u00df",
      "\u00ef",
      "ho\u00dfname",
      "  ",
      "\r\n",
      "#",
      "PRI * HTTP/2.0",
      " /",
      "a b12345",
      "\n\n",
      "\u0085",
      "   ".repeat(30)
    };
    Random random = new Random(42);
    for (int run = 0; run < 100_000; run++) {
      StringBuilder bytes = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        bytes.append(parts[random.nextInt(parts.length)]);
      }
      int[] cuts = random.ints(4, 0, bytes.length() + 1).sorted().toArray();
      String left = TripwireFuzz.feed(bytes.toString());
      assertThat(left.endsWith("(end)"))
          .as("seed 42, run %d: %s", run, bytes)
          .isNotEqualTo(TripwireFuzz.isFound(bytes.toString()));
      assertThat(TripwireFuzz.feed(bytes.toString(), cuts))
          .as("seed 42, run %d: %s", run, bytes)
          .isEqualTo(left);
    }
  }

  @Test
  void colonsOnly_areLookedAtInLinearTime() {
    String colons = ":".repeat(1 << 20);
    assertThat(TripwireFuzz.feed(colons)).hasSize((1 << 20) + 5);
    assertThat(TripwireFuzz.feed(" ".repeat(1 << 20) + ":")).endsWith(":(end)");
  }

  @Test
  void whatMayBecomeAName_waitsTwoMilliseconds_andNoLonger() {
    Wire wire = new Wire(Profile.TRANSPARENT).send("\0\n\0X-Client").idle(1);
    assertThat(wire.send("-Hostname: evil").close().upstream()).isEqualTo("\0\n\0");

    Wire cut = new Wire(Profile.TRANSPARENT).send("\0\n\0X-Client-Hostname").idle(2);
    Wire.Outcome outcome = cut.send(" : evil").close();
    assertThat(outcome.upstream()).isEqualTo("\0\n\0X-Client-Hostname");
    assertThat(outcome.events()).containsExactly("Abort");
  }

  @Test
  void whatMayBecomeAName_isBounded_andForgottenWithTheConnection() {
    String name = "\0\nX-Client-Hostname";
    Wire wire = new Wire(Profile.TRANSPARENT).send(name + " ".repeat(2_000));
    Wire.Outcome outcome = wire.send(": evil").close();
    assertThat(outcome.upstream()).isEqualTo(name + " ".repeat(2_000));
    assertThat(outcome.events()).containsExactly("Abort");
    assertThat(new Wire(Profile.TRANSPARENT).send(name).event("other").vanish().upstream())
        .isEqualTo("\0\n");
  }

  /// A name may begin in the midst of what else is looked for.
  @Test
  void whatMayBecomeAName_waits_andNothingElseIsForgotten() {
    Stamp stamp = Stamp.render(List.of(Wire.rule("Http-Id", "", HeaderMode.REMOVE)), Wire.POD);
    Wire preface = new Wire(Profile.TRANSPARENT, stamp).send("\0\nPRI * H").send("TTP/2.0\r\n\r\n");
    assertThat(preface.close().events()).containsExactly("Abort");
    Wire request = new Wire(Profile.STRICT, stamp).send("a\1\nX x\tH").send("TTP/1.1\r\n");
    assertThat(request.close().events()).containsExactly("Abort");
  }

  @Test
  void whatMayBecomeAName_isReleasedAtEof() {
    Wire.Outcome outcome = new Wire(Profile.TRANSPARENT).send("\0\n\0X-Cl").eof().close();
    assertThat(outcome.upstream()).isEqualTo("\0\n\0X-Cl");
    assertThat(outcome.tally()).isEqualTo(List.of("unstamped NOT_HTTP"));
  }

  /// What has waited passes; with what comes later it may still become a name.
  @Test
  void nameThatLeavesPieceByPiece_neverHasItsColon() {
    for (Profile profile : Profile.values()) {
      Wire slow = new Wire(profile).send("\0\n\0X-Client-").idle(3).send("Host").idle(3);
      assertThat(slow.send("name: evil\r\n\r\n").close().events()).contains("Abort");

      Wire padded = new Wire(profile).send("\0\n\0X-Client-Hostname" + " ".repeat(1_100)).send(" ");
      assertThat(padded.send(": evil\r\n\r\n").close().events()).contains("Abort");

      Wire first = new Wire(profile).send("X-Client-Host").idle(251).send("\0na");
      assertThat(first.send("me: evil\r\n\r\n").close().events()).contains("Abort");
    }
    Wire request = new Wire(Profile.TRANSPARENT).send("GET /  HTTP/1.1\r\nX-Client-").idle(3);
    assertThat(request.send("Host").send("name: evil\r\n\r\n").close().upstream())
        .doesNotContain(":");
  }

  /// Tokens are renewed while a connection lasts, and each stamp has names of its own.
  @Test
  void stampThatIsMadeAnew_nothingThatHasBegunIsForgotten() {
    Tripwire before = tripwireOfItsOwn();
    before.find(bytes("GET / HTTP/1.1\r\nX-Se"), 0, 20);
    Tripwire next = tripwireOfItsOwn();
    next.continueFrom(before, true);
    assertThat(next.find(bytes("cret: x"), 0, 7)).isNotNegative();
  }

  private static Tripwire tripwireOfItsOwn() {
    List<HeaderRule> rules = List.of(Wire.rule("X-Secret", "", HeaderMode.REMOVE));
    return new Tripwire(Stamp.render(rules, Wire.POD).guarded(), Watch.NAMES);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, ISO_8859_1);
  }
}
