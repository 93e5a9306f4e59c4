package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.accept.CapturedPod;
import io.podstamp.accept.Stages;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.config.ValueTemplate;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.pipeline.ServerFinished;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.stamp.Stamp;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One connection through the handlers that stand before the relay, fed in pieces: what left for
/// the server, what came back, what was told. Its clock stands still.
public final class Wire {
  public static final List<HeaderRule> RULES =
      List.of(
          rule("X-Forwarded-For", "{pod.ip}", HeaderMode.APPEND),
          rule("X-Client-Hostname", "{pod.hostname}", HeaderMode.SET),
          rule("X-Team", "blue", HeaderMode.IF_ABSENT),
          rule("X-Secret", "", HeaderMode.REMOVE),
          rule("X-App", "{pod.labels['app']}", HeaderMode.SET));

  public static final PodIdentity POD =
      new PodIdentity(
          new PodRef("shop", "web-0", "u1"),
          List.of(InetAddress.ofLiteral("10.1.2.3"), InetAddress.ofLiteral("fd00::1")),
          "web-0",
          null,
          Map.of(),
          Map.of(),
          null,
          new PodIdentity.Node("n1", null));

  /// What ends every stamped head of a client that sent none of our names.
  public static final String STAMP =
      "X-Forwarded-For: 10.1.2.3\r\nX-Client-Hostname: web-0\r\nX-Team: blue\r\n";

  private static final Stamp RENDERED = Stamp.render(RULES, POD);

  private final RecordingTally tally = new RecordingTally();
  private final Events events = new Events();
  private final EmbeddedChannel channel;

  public Wire(Profile profile) {
    this(profile, RENDERED);
  }

  /// With a configuration that has no header.
  public static Wire withoutHeaders(Profile profile) {
    return new Wire(profile, Stamp.render(List.of(), POD));
  }

  public Wire(Profile profile, Stamp stamp) {
    channel = new EmbeddedChannel();
    new Stages(new Web0(profile, stamp), tally).begin(channel.pipeline());
    channel.pipeline().addLast(events);
    channel.freezeTime();
  }

  /// Where the relay would be.
  private static final class Events extends ChannelInboundHandlerAdapter {
    private final List<Object> seen = new ArrayList<>();

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      seen.add(event);
    }
  }

  private record Web0(Profile profile, Stamp stamp) implements CapturedPod {
    @Override
    public void accepted(Channel connection, InetAddress source) {}
  }

  public static HeaderRule rule(String name, String value, HeaderMode mode) {
    return new HeaderRule(name, ValueTemplate.parse(value), mode);
  }

  /// What one connection left behind.
  public record Outcome(
      String upstream, String downstream, List<String> tally, List<String> events) {}

  /// The application sends something.
  public Wire send(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, ISO_8859_1));
    return this;
  }

  /// The server says something.
  public Wire answer(String bytes) {
    channel.writeOutbound(Unpooled.copiedBuffer(bytes, ISO_8859_1));
    return this;
  }

  /// The relay reads the application, or not, since the server takes no more.
  public Wire reading(boolean on) {
    channel.config().setAutoRead(on);
    return this;
  }

  /// The server half-closes.
  public Wire serverEof() {
    channel.pipeline().fireUserEventTriggered(ServerFinished.EVENT);
    return this;
  }

  /// Time passes.
  public Wire idle(int milliseconds) {
    channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    return this;
  }

  /// Whether bytes are still watched, one way or the other.
  public boolean isWatched() {
    return !(channel.pipeline().first() instanceof ResponseWatch);
  }

  /// The application half-closes.
  public Wire eof() {
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    return this;
  }

  /// Which headers of the stamp's the client sent, each with its mode, in order.
  public List<String> clientSent() {
    return List.copyOf(tally.sent());
  }

  /// The connection is gone before any timer fires.
  public Outcome vanish() {
    channel.close();
    return close();
  }

  /// Some other event reaches the handlers.
  public Wire event(Object event) {
    channel.pipeline().fireUserEventTriggered(event);
    return this;
  }

  /// Ends the connection and tells what became of it.
  public Outcome close() {
    idle(1_100);
    Outcome outcome =
        new Outcome(
            drain(channel::readInbound),
            drain(channel::readOutbound),
            List.copyOf(tally.told()),
            events.seen.stream().map(event -> event.getClass().getSimpleName()).toList());
    channel.finishAndReleaseAll();
    return outcome;
  }

  private interface Source {
    @Nullable Object next();
  }

  private static String drain(Source source) {
    StringBuilder text = new StringBuilder();
    for (Object message = source.next(); message != null; message = source.next()) {
      ByteBuf bytes = (ByteBuf) message;
      text.append(bytes.toString(ISO_8859_1));
      bytes.release();
    }
    return text.toString();
  }

  /// The same bytes as one piece, byte by byte, and split at every place.
  public static List<Outcome> everyWay(Profile profile, String bytes) {
    return everyWay(() -> new Wire(profile), bytes);
  }

  /// The same over connections on which something has been said already.
  public static List<Outcome> everyWay(Supplier<Wire> begun, String bytes) {
    List<Outcome> outcomes = new ArrayList<>();
    outcomes.add(begun.get().send(bytes).close());
    Wire single = begun.get();
    for (int i = 0; i < bytes.length(); i++) {
      single.send(bytes.substring(i, i + 1));
    }
    outcomes.add(single.close());
    for (int i = 1; i < bytes.length(); i++) {
      outcomes.add(begun.get().send(bytes.substring(0, i)).send(bytes.substring(i)).close());
    }
    return outcomes;
  }

  /// The same bytes as one piece, byte by byte, and split at a dozen places.
  public static List<Outcome> someWays(Supplier<Wire> begun, String bytes) {
    return someWays(begun, bytes, "");
  }

  /// The same, and then the server says something.
  public static List<Outcome> someWays(Supplier<Wire> begun, String bytes, String answer) {
    List<Outcome> outcomes = new ArrayList<>();
    outcomes.add(begun.get().send(bytes).answer(answer).close());
    Wire single = begun.get();
    for (int i = 0; i < bytes.length(); i++) {
      single.send(bytes.substring(i, i + 1));
    }
    outcomes.add(single.answer(answer).close());
    for (int i = 1; i < bytes.length(); i += 1 + bytes.length() / 12) {
      outcomes.add(
          begun.get().send(bytes.substring(0, i)).send(bytes.substring(i)).answer(answer).close());
    }
    return outcomes;
  }
}
