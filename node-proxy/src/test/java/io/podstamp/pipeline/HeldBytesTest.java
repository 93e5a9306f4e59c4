package io.podstamp.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
  private final HeldBytes held = new HeldBytes();
  private final List<Object> told = new ArrayList<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new ChannelInboundHandlerAdapter(), new Relays());
  private final ChannelHandlerContext ctx = channel.pipeline().firstContext();

  /// Where the relay would be.
  private final class Relays extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      told.add(event);
    }
  }

  @AfterEach
  void close() {
    held.release();
    channel.finishAndReleaseAll();
  }

  @Test
  void joinedWith_nothingHeld_isTheSameBuffer() {
    ByteBuf next = bytes("abc");
    assertThat(held.joinedWith(ctx, next)).isSameAs(next);
    next.release();
  }

  @Test
  void joinedWith_held_isBothAndNothingIsHeld() {
    held.hold(bytes("ab"));
    ByteBuf all = held.joinedWith(ctx, bytes("cd"));
    assertThat(all.toString(US_ASCII)).isEqualTo("abcd");
    assertThat(held.isEmpty()).isTrue();
    all.release();
  }

  @Test
  void hold_most_relayIsToldOnceAndAgainAtTheEnd() {
    held.hold(ctx, bytes("abc"), 4);
    assertThat(told).isEmpty();
    held.hold(ctx, held.joinedWith(ctx, bytes("d")), 4);
    held.hold(ctx, held.joinedWith(ctx, bytes("e")), 4);
    assertThat(told).containsExactly(HoldBack.ON);
    ByteBuf rest = held.take(ctx);
    assertThat(rest).isNotNull();
    assertThat(rest.toString(US_ASCII)).isEqualTo("abcde");
    assertThat(told).containsExactly(HoldBack.ON, HoldBack.OFF);
    assertThat(held.take(ctx)).isNull();
    assertThat(told).hasSize(2);
    rest.release();
  }

  @Test
  void stall_onlyWhileTheApplicationIsNotRead() {
    ByteBuf rest = bytes("abc");
    assertThat(held.stall(ctx, rest)).isFalse();
    assertThat(held.isEmpty()).isTrue();
    channel.config().setAutoRead(false);
    assertThat(held.stall(ctx, rest)).isTrue();
    assertThat(held.isStalled()).isTrue();
    assertThat(held.take()).isSameAs(rest);
    assertThat(held.isStalled()).isFalse();
    rest.release();
  }

  @Test
  void release_held_isFreed() {
    ByteBuf rest = bytes("abc");
    held.hold(rest);
    held.release();
    assertThat(rest.refCnt()).isZero();
  }

  private static ByteBuf bytes(String text) {
    return io.netty.buffer.Unpooled.buffer().writeBytes(text.getBytes(US_ASCII));
  }
}
