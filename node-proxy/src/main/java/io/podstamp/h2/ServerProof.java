package io.podstamp.h2;

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
  private final boolean isBehindHttp1;
  private boolean given;
  private boolean wasRefuted;
  private @Nullable TripwireHandler tripwire;

  /// @param tripwire what watches behind the stamper until then; null if nothing does
  /// @param isBehindHttp1 whether the preface came behind requests of HTTP/1, whose answers hide
  ///   the proof: then none is ever given, and profile strict takes it for refuted
  public ServerProof(
      Profile profile,
      ResponseWatch server,
      @Nullable TripwireHandler tripwire,
      boolean isBehindHttp1) {
    this.profile = profile;
    this.server = server;
    this.tripwire = tripwire;
    this.isBehindHttp1 = isBehindHttp1;
    this.given = !isBehindHttp1 && server.beginning() == ResponseWatch.Beginning.HTTP2;
  }

  /// The server has sent something.
  ///
  /// @return whether that gave or refuted the proof
  boolean onServerSpoke(ChannelHandlerContext ctx) {
    if (given || isBehindHttp1 || wasRefuted) {
      return false;
    }
    given = server.beginning() == ResponseWatch.Beginning.HTTP2;
    if (given && tripwire != null) {
      tripwire.lift(ctx.pipeline().context(tripwire));
      tripwire = null;
    }
    wasRefuted = isRefuted();
    return given || wasRefuted;
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
    if (isBehindHttp1) {
      return profile == Profile.STRICT;
    }
    return switch (server.beginning()) {
      case UNKNOWN, HTTP2 -> false;
      case HTTP, OTHER -> true;
    };
  }
}
