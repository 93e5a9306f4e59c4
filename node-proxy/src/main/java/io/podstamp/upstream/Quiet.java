package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.podstamp.metrics.RareLog;
import io.podstamp.upstream.ApplicationSockets.Seen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The connections of one event loop, looked at every second: those on which nothing moves have
/// their applications' sockets asked about ([Following]). A connection that ends before, or goes on
/// and on, costs a place in a list.
final class Quiet {
  private static final RareLog WARNINGS =
      new RareLog(LoggerFactory.getLogger(Quiet.class), Level.WARN);

  private static final int LOOK_EVERY_MS = 1_000;

  /// A look-up takes some microseconds, for which the loop stands still; the others come next time.
  private static final int MOST_ASKED_FOR = 500;

  private static final FastThreadLocal<Quiet> OF_THIS_LOOP =
      new FastThreadLocal<>() {
        @Override
        protected Quiet initialValue() {
          return new Quiet();
        }
      };

  private final Place first = new Place(null);
  private boolean looks;

  /// A connection's place in the list of its loop.
  static final class Place {
    final @Nullable Following following;
    private Place before = this;
    private Place behind = this;

    Place(@Nullable Following following) {
      this.following = following;
    }

    /// Idempotent.
    void leave() {
      before.behind = behind;
      behind.before = before;
      before = this;
      behind = this;
    }
  }

  /// Has a connection looked at; on its event loop, which its [Place] is left on too.
  static Place enter(Following following, EventExecutor loop) {
    Quiet here = OF_THIS_LOOP.get();
    Place place = new Place(following);
    place.before = here.first.before;
    place.behind = here.first;
    here.first.before.behind = place;
    here.first.before = place;
    here.lookLater(loop);
    return place;
  }

  private void lookLater(EventExecutor loop) {
    if (!looks) {
      looks = true;
      loop.schedule(() -> look(loop), LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void look(EventExecutor loop) {
    looks = false;
    long now = System.nanoTime();
    Map<ApplicationSockets, List<Following>> due = new HashMap<>();
    int asked = 0;
    for (Place place = first.behind;
        place != first && asked < MOST_ASKED_FOR;
        place = place.behind) {
      Following each = place.following;
      if (each != null && each.isToBeAskedFor(now)) {
        due.computeIfAbsent(each.sockets(), _ -> new ArrayList<>()).add(each);
        asked++;
      }
    }
    due.forEach((sockets, quiet) -> ask(sockets, quiet, now));
    if (first.behind != first) {
      lookLater(loop);
    }
  }

  private static void ask(ApplicationSockets sockets, List<Following> quiet, long now) {
    try {
      List<Channel> accepted = quiet.stream().map(Following::application).toList();
      List<Optional<Seen>> seen = sockets.look(accepted);
      for (int i = 0; i < quiet.size(); i++) {
        quiet.get(i).seen(seen.get(i), now);
      }
    } catch (IOException | ChannelException e) {
      WARNINGS.log("sockets of applications cannot be asked about: {}", e.getMessage());
      quiet.forEach(each -> each.seen(Optional.empty(), now));
    }
  }
}
