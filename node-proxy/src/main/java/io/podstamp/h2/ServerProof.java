package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.podstamp.config.Profile;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.guard.TripwireHandler;
import org.jspecify.annotations.Nullable;

/// Whether the server has shown that it speaks HTTP/2, and what stands in for that until it has: a
/// server of HTTP/1 may answer the preface as a request, and read on behind it.
///
/// Transparent: a tripwire. Strict: what follows the preface waits, since the first thing that a
/// server of HTTP/2 sends is its SETTINGS, whether its client has sent more than the preface or not
/// (RFC 9113, section 3.4).
public final class ServerProof {
  private final Profile profile;
  private final ResponseWatch server;
  private boolean given;
  private @Nullable TripwireHandler tripwire;

  /// @param tripwire what watches behind the stamper until then; null if nothing does
  public ServerProof(Profile profile, ResponseWatch server, @Nullable TripwireHandler tripwire) {
    this.profile = profile;
    this.server = server;
    this.tripwire = tripwire;
    this.given = server.beginning() == ResponseWatch.Beginning.HTTP2;
  }

  /// Takes note of what the server sends, up to the proof.
  ///
  /// @return whether these bytes gave or refuted it
  boolean read(ChannelHandlerContext ctx, ByteBuf fromServer) {
    if (given || isRefuted()) {
      return false;
    }
    server.read(fromServer);
    given = server.beginning() == ResponseWatch.Beginning.HTTP2;
    if (given && tripwire != null) {
      tripwire.lift(ctx.pipeline().context(tripwire));
      tripwire = null;
    }
    return given || isRefuted();
  }

  /// Whether the server has shown it.
  boolean isGiven() {
    return given;
  }

  /// Whether nothing may pass behind the preface yet.
  boolean isAwaited() {
    return !given && profile == Profile.STRICT;
  }

  /// Whether the server has answered in something else.
  boolean isRefuted() {
    return switch (server.beginning()) {
      case UNKNOWN, HTTP2 -> false;
      case HTTP, OTHER -> true;
    };
  }
}
