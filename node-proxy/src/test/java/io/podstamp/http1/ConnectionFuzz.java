package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderNames;
import io.podstamp.config.Profile;
import io.podstamp.guard.TripwireHandler;
import io.podstamp.stamp.Stamp;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.LoggerFactory;

/// Fuzz target: a connection through detector, framer, stamper and tripwire. Whatever a client and
/// a server send, and however it is cut:
///
/// - what leaves is what came, less removed lines, plus stamps (of HTTP/2 see `Http2Fuzz`);
/// - the cut makes no difference;
/// - every request that Netty's lenient decoder sees carries exactly our stamp, or none of our
///   names; in profile strict it carries our stamp, unless it is what the preface of HTTP/2 looks
///   like.
///
/// `scripts/fuzz.sh` runs it.
public final class ConnectionFuzz {
  private static final String NAME = "X-Client-Hostname";
  private static final String LINE = NAME + ": web-0\r\n";
  private static final Stamp STAMP =
      Stamp.render(
          List.of(
              Wire.rule(NAME, "{pod.hostname}", HeaderMode.SET),
              Wire.rule("X-Secret", "", HeaderMode.REMOVE)),
          Wire.POD);

  /// What makes lines change or go: with none of these in it, only stamps are added.
  private static final List<String> TOUCHED =
      List.of("x-client-hostname", "x-secret", "h2c", "http2-settings");

  private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final List<String> ANSWERS =
      List.of(
          "",
          "HTTP/1.1 100 Continue\r\n\r\n",
          "HTTP/1.1 101 Switching\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 417 No\r\n\r\n",
          "220 ready\r\n",
          "\u0016\u0003\u0003",
          "HTTP/1.1 2");

  private ConnectionFuzz() {}

  /// Called by Jazzer once: the first input is not to pay for loading classes.
  public static void fuzzerInitialize() {
    ((Logger) LoggerFactory.getLogger(TripwireHandler.class)).setLevel(Level.OFF);
    fuzzerTestOneInput(("\0\0" + LINE).getBytes(ISO_8859_1));
    fuzzerTestOneInput(("\0\0GET / HTTP/1.1\r\n" + LINE + "\r\n").getBytes(ISO_8859_1));
  }

  /// The first byte chooses profile and answer, the second where to cut.
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    Profile profile = (data[0] & 1) == 0 ? Profile.TRANSPARENT : Profile.STRICT;
    String answer = ANSWERS.get((data[0] >> 1 & 0xff) % ANSWERS.size());
    String bytes = new String(data, 2, data.length - 2, ISO_8859_1);
    int cut = (data[1] & 0xff) * bytes.length() / 256;

    Wire.Outcome outcome = run(profile, bytes, cut, answer);
    checkBytes(bytes, outcome);
    if (answer.isEmpty()) {
      checkRequests(profile, outcome);
      checkCut(bytes, outcome, run(profile, bytes, 0, ""), profile);
    }
  }

  private static Wire.Outcome run(Profile profile, String bytes, int cut, String answer) {
    Wire wire = new Wire(profile, STAMP);
    if (cut > 0) {
      wire.send(bytes.substring(0, cut));
    }
    if (!answer.isEmpty()) {
      wire.answer(answer);
    }
    return wire.send(bytes.substring(cut)).eof().close();
  }

  private static void checkBytes(String bytes, Wire.Outcome outcome) {
    String folded = HeaderNames.folded(bytes);
    if (bytes.startsWith(HTTP2) || TOUCHED.stream().anyMatch(folded::contains)) {
      return;
    }
    String unstamped = outcome.upstream().replace(LINE, "");
    // What is refused behind a request ends once that is answered.
    boolean ended =
        outcome.events().contains("Abort")
            || outcome.events().contains("Refuse")
            || outcome.tally().stream().anyMatch(told -> told.startsWith("refused"));
    check(ended ? bytes.startsWith(unstamped) : bytes.equals(unstamped), bytes, outcome);
  }

  private static void checkCut(
      String bytes, Wire.Outcome outcome, Wire.Outcome whole, Profile profile) {
    check(outcome.upstream().equals(whole.upstream()), bytes, outcome);
    check(outcome.events().equals(whole.events()), bytes, outcome);
    check(profile == Profile.TRANSPARENT || outcome.equals(whole), bytes, outcome);
  }

  private static void checkRequests(Profile profile, Wire.Outcome outcome) {
    boolean other = outcome.tally().stream().anyMatch(told -> told.startsWith("unstamped"));
    EmbeddedChannel decoder =
        new EmbeddedChannel(
            new HttpRequestDecoder(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(1 << 17)
                    .setMaxHeaderSize(1 << 17)));
    decoder.writeInbound(Unpooled.copiedBuffer(outcome.upstream(), ISO_8859_1));
    for (Object message = decoder.readInbound(); message != null; message = decoder.readInbound()) {
      if (message instanceof HttpRequest request && request.decoderResult().isSuccess()) {
        String ours = ours(request.headers());
        check(
            ours.equals("web-0")
                || (ours.isEmpty()
                    && (profile == Profile.TRANSPARENT || other || isPreface(request))),
            String.valueOf(request),
            outcome);
      }
      ReferenceCountUtil.release(message);
    }
    decoder.finishAndReleaseAll();
  }

  private static boolean isPreface(HttpRequest request) {
    return request.method().name().equals("PRI")
        && request.uri().equals("*")
        && request.headers().isEmpty();
  }

  /// The values of everything that passes for a protected name.
  private static String ours(HttpHeaders headers) {
    StringBuilder values = new StringBuilder();
    for (Map.Entry<String, String> header : headers) {
      String name = HeaderNames.folded(header.getKey().strip()).toLowerCase(Locale.ROOT);
      if (name.equals("x-client-hostname") || name.equals("x-secret")) {
        values.append(header.getValue());
      }
    }
    return values.toString();
  }

  private static void check(boolean holds, String input, Wire.Outcome outcome) {
    if (!holds) {
      throw new AssertionError("%s%n--- became ---%n%s".formatted(input, outcome));
    }
  }
}
