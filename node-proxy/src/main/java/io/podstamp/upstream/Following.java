package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.podstamp.upstream.ApplicationSockets.Seen;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Has one connection to a server follow the application's socket in what can only be asked for:
/// its keep-alive timer, and the DSCP that it was given after its SYN.
///
/// The kernel tells when that timer goes off, and since when the peer is silent; their sum is one
/// of the application's two times. Which one shows when the timer has gone off: if it is later
/// then, the kernel had only put it off, and the sum is the idle time; if a probe was sent, the sum
/// is the interval, and the one before was the idle time.
///
/// ```
///   NEW ──keep-alive──► FIRED ──a probe was sent──► SETTLED
///    │                    └──put off──► PROBED ──────┘  ▲
///    └──none, or as before──────────────────────────────┘   bytes move: NEW, not before half a minute
/// ```
final class Following {
  private static final long AGAIN_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long NEXT_LOOK_NANOS = 1;

  /// A timer goes off a little later than it says.
  private static final long LATE_NANOS = Duration.ofMillis(100).toNanos();

  /// Longer than `TCP_KEEPIDLE` can be (`MAX_TCP_KEEPIDLE`).
  private static final int MOST_SECONDS = 32_767;

  private enum Phase {
    NEW,
    FIRED,
    PROBED,
    SETTLED
  }

  private final ApplicationSockets sockets;
  private final IntSupplier ownSeconds;
  private final Channel application;
  private final Channel server;
  private Quiet.@Nullable Place place;
  private final KeepAlive keepAlive;
  private int service;
  private Phase phase = Phase.NEW;
  private boolean moved = true;
  private long askAtNanos = System.nanoTime();
  private int sum;
  private int idle;

  private Following(
      ApplicationSockets sockets,
      IntSupplier ownSeconds,
      Channel application,
      Channel server,
      PacketHeader header) {
    this.sockets = sockets;
    this.ownSeconds = ownSeconds;
    this.application = application;
    this.server = server;
    this.keepAlive = new KeepAlive(server);
    this.service = header.service();
  }

  /// Begins, on the event loop of both.
  ///
  /// @param header what packets to the server carry
  static Following begin(
      ApplicationSockets sockets,
      IntSupplier ownSeconds,
      Channel application,
      Channel server,
      PacketHeader header) {
    Following made = new Following(sockets, ownSeconds, application, server, header);
    made.place = Quiet.enter(made, application.eventLoop());
    return made;
  }

  /// The connection is over.
  void end() {
    if (place != null) {
      place.leave();
    }
  }

  ApplicationSockets sockets() {
    return sockets;
  }

  Channel application() {
    return application;
  }

  /// Bytes passed, either way.
  void moved() {
    moved = true;
  }

  /// Whether nothing has moved for a second at least, and there is something to find out.
  boolean isToBeAskedFor(long now) {
    if (moved) {
      moved = false;
      if (phase != Phase.SETTLED) {
        askAtNanos = now; // what its timer is going to do is not known any more
      }
      phase = Phase.NEW;
      return false;
    }
    return phase != Phase.SETTLED && now - askAtNanos >= 0;
  }

  /// @param found empty if it is not known
  void seen(Optional<Seen> found, long now) {
    if (!server.isOpen()) {
      return;
    }
    try {
      Seen seen = found.orElse(null);
      if (seen == null) {
        settle(now);
        return;
      }
      if (seen.service() != service) {
        service = seen.service();
        PacketHeader.setService(server, service);
      }
      switch (seen.timer()) {
        case OTHER -> askAtNanos = now + NEXT_LOOK_NANOS;
        case NONE -> {
          idle = 0;
          keepAwakeIfAsked();
          settle(now);
        }
        case KEEP_ALIVE -> follow(seen, now);
      }
    } catch (ChannelException e) {
      settle(now); // closed meanwhile
    }
  }

  private void follow(Seen seen, long now) {
    if (seen.expiresMillis() <= 0) {
      askAtNanos = now + NEXT_LOOK_NANOS; // it is about to go off
      return;
    }
    int seconds =
        Math.clamp(
            Math.round((seen.expiresMillis() + seen.silentMillis()) / 1_000.0), 1, MOST_SECONDS);
    switch (phase) {
      case NEW -> {
        if (seconds == idle) {
          settle(now);
          return;
        }
        phase = Phase.FIRED;
      }
      case FIRED -> {
        if (seconds > sum) {
          idle = seconds;
          keepAlive.follow(idle, 0);
          phase = Phase.PROBED;
        } else {
          idle = sum;
          keepAlive.follow(idle, seconds);
          settle(now);
          return;
        }
      }
      case PROBED -> {
        idle = Math.max(idle, seconds);
        keepAlive.follow(idle, seconds);
        settle(now);
        return;
      }
      case SETTLED -> {
        return;
      }
    }
    sum = seconds;
    askAtNanos = now + Duration.ofMillis(seen.expiresMillis()).toNanos() + LATE_NANOS;
  }

  private void keepAwakeIfAsked() {
    int every = ownSeconds.getAsInt();
    if (every == 0) {
      keepAlive.reset();
    } else {
      keepAlive.keepAwake(every);
    }
  }

  private void settle(long now) {
    phase = Phase.SETTLED;
    askAtNanos = now + AGAIN_NANOS;
  }
}
