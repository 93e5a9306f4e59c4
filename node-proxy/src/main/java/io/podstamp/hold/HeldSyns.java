package io.podstamp.hold;

import io.netty.channel.EventLoopGroup;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.upstream.AheadDial;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The SYNs of one Pod that are held, and the servers that were dialled for them and wait for their
/// applications to be accepted.
///
/// ```
///   SYN ──► DIALLING ──server answered──► READY ──accepted──► claimed
///              │                            └──nobody came for ten seconds──► forgotten
///              ├──refused, unreachable──► the application is told the same
///              ├──the application gave up, or the dial's time is over──► forgotten
///              └──no dial is possible──► direct (transparent) or forgotten (strict)
/// ```
///
/// One event loop reads the queue and dials ([QueueReader], [HeldSyn]). A connection lives on any
/// loop, and takes its server there ([ReadyServers]); what any thread may say or ask is in
/// [HoldState].
public final class HeldSyns {
  /// An event loop that has not ended the reading by then hangs.
  private static final long END_WITHIN_S = 2;

  private final EventLoopGroup loops;
  private final Means means;
  private final HoldState state = new HoldState();
  private final ReadyServers ready = new ReadyServers();
  private volatile @Nullable QueueReader reader;

  /// What the kernel made of connections in the Pod.
  public interface Translations {
    /// The next packet from there meets the rules anew.
    void forget(InetSocketAddress source, InetSocketAddress destination) throws IOException;
  }

  /// What holding needs of the Pod.
  record Means(
      AheadDial.Sockets sockets,
      Translations translations,
      NodeMetrics metrics,
      IntSupplier most) {}

  /// @param sockets makes those that dial
  /// @param most how many may be dialled or wait for their applications at once; further SYNs wait
  ///   in the kernel
  public HeldSyns(
      EventLoopGroup loops,
      AheadDial.Sockets sockets,
      Translations translations,
      NodeMetrics metrics,
      IntSupplier most) {
    this.loops = loops;
    this.means = new Means(sockets, translations, metrics, most);
  }

  /// Netlink sockets of a Pod's namespace, made in it.
  ///
  /// @param queue where its rules hand SYNs to
  /// @param applications who sent them
  public record Sockets(SynQueue queue, Applications applications) implements AutoCloseable {
    /// Makes them in the namespace of the calling thread.
    ///
    /// @param number of the queue
    /// @throws IOException when another program has a queue of this number, or there are none
    public static Sockets openHere(int number) throws IOException {
      SynQueue queue = SynQueue.openHere(number);
      try {
        return new Sockets(queue, Applications.openHere());
      } catch (IOException e) {
        queue.close();
        throw e;
      }
    }

    /// Lets them go; what is held is dropped.
    @Override
    public void close() {
      queue.close();
      applications.close();
    }
  }

  /// Takes SYNs from now on.
  public void begin(Sockets opened) {
    QueueReader made = new QueueReader(opened, loops.next(), means, state, ready);
    reader = made;
    made.start();
  }

  /// Whether SYNs that cannot be dialled may go direct (transparent), or not (strict).
  public void mayPass(boolean may) {
    state.mayPass(may);
  }

  /// Stops and begins to take SYNs, as the Pod's connections do.
  public void gate(boolean isClosed) {
    state.gate(isClosed);
    QueueReader now = reader;
    if (now != null) {
      now.lookForRoom();
    }
  }

  /// Takes the server that was dialled for an application. Any thread.
  ///
  /// @return null when none was
  public AheadDial.@Nullable Server claim(InetSocketAddress source, InetSocketAddress destination) {
    return ready.claim(source, destination);
  }

  /// Why SYNs are not captured though they are held, in one clause; empty when they are.
  public String detour() {
    return state.detour();
  }

  /// Whether a dial of ours has found no free local port lately.
  public boolean isWithoutPorts() {
    return state.isWithoutPorts();
  }

  /// All that wait go on by themselves, those too that are not read yet. For a process in trouble:
  /// any thread, and no event loop is needed.
  public void passAll() {
    QueueReader now = reader;
    if (now != null && state.mayPass()) {
      state.allPass();
      now.queue().passAll();
    }
  }

  /// Takes no more. Those that are held go through the rules once more, which by now name another
  /// agent's queue, or none. When it returns, none comes to the listener any more that was
  /// released; not for event loops.
  public void end() {
    QueueReader now = reader;
    reader = null;
    if (now != null && !now.end().awaitUninterruptibly(END_WITHIN_S, TimeUnit.SECONDS)) {
      now.queue().handAllOn();
    }
  }
}
