package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.podstamp.config.Profile;
import io.podstamp.guard.Tripwire;
import io.podstamp.guard.Watch;
import io.podstamp.metrics.Reason;
import io.podstamp.stamp.GuardedNames;
import org.jspecify.annotations.Nullable;

/// The DATA of streams that a server behind an intermediary may read as requests ([RequestShape]):
/// HAProxy makes a tunnel of CONNECT, and hands the body of GET on in chunks.
///
/// Each frame may begin a line, since the line of a chunk's size may stand before it; or go on with
/// what the one before it began, as in a tunnel. So two look at it.
final class WatchedBodies {
  /// Servers allow 100 to 250 streams at once.
  static final int MOST = 256;

  private final IntObjectMap<Tripwire> bodies = new IntObjectHashMap<>();
  private final Watch watch;

  private @Nullable Tripwire body;
  private @Nullable Tripwire frame;

  /// Bytes of the frame before its data, and of those.
  private int beforeData;

  private int data;
  private @Nullable Reason otherThanName;

  WatchedBodies(Profile profile) {
    watch = profile == Profile.STRICT ? Watch.NAMES_AND_REQUEST_LINES : Watch.NAMES;
  }

  /// A request's body is to be watched.
  ///
  /// @return false when there are too many of them
  boolean begin(int stream, GuardedNames names) {
    bodies.put(stream, new Tripwire(names, watch));
    return bodies.size() <= MOST;
  }

  /// The client sends nothing more on a stream.
  void end(int stream) {
    bodies.remove(stream);
  }

  /// Whether that stream's is watched.
  boolean has(int stream) {
    return bodies.containsKey(stream);
  }

  /// A DATA frame begins; if it is padded, the length of that is there (RFC 9113, section 6.1).
  void beginFrame(ByteBuf in, int at, GuardedNames names) {
    body = bodies.get(Frame.stream(in, at));
    if (body == null) {
      return;
    }
    frame = new Tripwire(names, watch);
    boolean padded = (Frame.flags(in, at) & Frame.PADDED) != 0;
    beforeData = Frame.HEADER + (padded ? 1 : 0);
    int padding = padded && Frame.length(in, at) > 0 ? in.getUnsignedByte(at + Frame.HEADER) : 0;
    data = Math.max(0, Frame.length(in, at) - (padded ? 1 : 0) - padding);
    if ((Frame.flags(in, at) & Frame.END_STREAM) != 0) {
      end(Frame.stream(in, at));
    }
  }

  /// Looks at the next bytes of the frame, its header included.
  ///
  /// @return whether they must not pass
  boolean find(ByteBuf in, int from, int to) {
    if (body == null || frame == null) {
      return false;
    }
    int skipped = Math.min(beforeData, to - from);
    beforeData -= skipped;
    int length = Math.min(data, to - from - skipped);
    data -= length;
    return isHit(body, in, from + skipped, length) || isHit(frame, in, from + skipped, length);
  }

  private boolean isHit(Tripwire tripwire, ByteBuf in, int from, int length) {
    boolean hit = tripwire.find(in, from, from + length) >= 0;
    otherThanName = tripwire.otherThanName();
    return hit;
  }

  /// The frame has ended.
  void endFrame() {
    body = null;
    frame = null;
  }

  /// Why they must not, if not for a name.
  @Nullable Reason otherThanName() {
    return otherThanName;
  }
}
