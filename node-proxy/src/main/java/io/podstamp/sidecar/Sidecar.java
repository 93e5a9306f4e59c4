package io.podstamp.sidecar;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.CapturedPod;
import io.podstamp.accept.ConnectionInitializer;
import io.podstamp.accept.HostRouting;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.accept.PodListener;
import io.podstamp.accept.Routing;
import io.podstamp.config.Destinations;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.lease.Bypass;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Sysctls;
import io.podstamp.pod.Family;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EndIfIdle;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The captured Pod that this process runs in: the composition root of `podstamp sidecar`.
///
/// Works in its own network namespace, so that it needs `NET_ADMIN` and nothing else.
public final class Sidecar implements CapturedPod {
  private static final Logger log = LoggerFactory.getLogger(Sidecar.class);

  /// One Pod's traffic; a Node's one for each core could be a hundred threads.
  private static final int MOST_LOOPS = 4;

  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final int SECONDS_BETWEEN_ENDINGS = 1;

  private final Settings settings;
  private final Stamp stamp;
  private final Doorway doorway = new Doorway();
  private final RuleInstaller installer = new RuleInstaller(doorway);
  private final ChannelGroup connections =
      new DefaultChannelGroup("sidecar", GlobalEventExecutor.INSTANCE);
  private final EventLoopGroup loops =
      EventLoops.start(Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()));
  private final NodeMetrics metrics = new NodeMetrics();
  private final Capacity capacity = Capacity.unlimited();
  private final Bypass bypass = Bypass.of(capacity);
  private final LeaseKeeper leases = new LeaseKeeper(loops, capacity, bypass, metrics);
  private final Lease lease;
  private final PodListener listener;

  /// What the command line says.
  ///
  /// @param ports captured destination ports
  /// @param nameservers where the names in `Host` are resolved; none: connections go where they
  ///   were going
  public record Settings(
      SortedSet<Integer> ports,
      List<HeaderRule> headers,
      List<InetAddress> nameservers,
      Profile profile) {
    public Settings {
      headers = List.copyOf(headers);
      nameservers = List.copyOf(nameservers);
    }
  }

  private Sidecar(Settings settings) throws IOException {
    this.settings = settings;
    this.stamp = Stamp.render(settings.headers(), OwnPod.identity());
    try (Doorway doorway = new Doorway()) {
      Netns here = Netns.home();
      new Sysctls(Path.of("/proc/sys/net"))
          .apply(doorway, here)
          .forEach((name, refused) -> log.debug("sysctl {} stays as it is: {}", name, refused));
      lease = PodSockets.lease(doorway, here);
      Dialer dialer =
          new Dialer(towards -> PodSockets.upstream(here, Family.of(towards)), RedirectRules.MARK);
      listener =
          PodListener.open(
              loops,
              family -> PodSockets.listener(doorway, here, family),
              0,
              AcceptGate.of(capacity),
              new ConnectionInitializer(
                  this, OriginalDestinationLookup.conntrack(), routing(), dialer, metrics.meter()));
    }
  }

  /// Starts; when it returns, connections are redirected.
  ///
  /// @throws IOException when something that it needs is refused; nothing of it remains then
  public static Sidecar start(Settings settings) throws IOException {
    Sidecar sidecar = new Sidecar(settings);
    sidecar.redirect();
    sidecar.leases.start(sidecar::renew);
    log.info(
        "redirecting ports {} of {} to port {}",
        settings.ports(),
        sidecar.listener.families(),
        sidecar.listener.port());
    return sidecar;
  }

  private Routing routing() {
    return settings.nameservers().isEmpty()
        ? Routing.TO_ORIGINAL_DESTINATION
        : new HostRouting(new Nameservers(loops.next(), settings.nameservers()));
  }

  /// Writes the rules over whatever an earlier start left.
  private void redirect() throws IOException {
    try {
      installer.install(
          Netns.home(), rules(settings.profile() == Profile.TRANSPARENT), bypass.lease());
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + " (maybe the container lacks the capability NET_ADMIN)", e);
    }
  }

  private RedirectRules rules(boolean leased) {
    return new RedirectRules(
        settings.ports(), listener.port(), listener.families(), Destinations.ALL, leased);
  }

  private void renew(Duration lasting) {
    try {
      if (settings.profile() == Profile.TRANSPARENT) {
        if (lasting.isPositive()) {
          lease.renew(lasting);
        } else {
          lease.revoke();
        }
      }
    } catch (IOException e) {
      log.warn("{}; writing the rules again", e.getMessage());
      try {
        redirect();
      } catch (IOException again) {
        log.error("the rules cannot be written; new connections go direct", again);
      }
    }
  }

  @Override
  public Stamp stamp() {
    return stamp;
  }

  @Override
  public Profile profile() {
    return settings.profile();
  }

  @Override
  public void accepted(Channel connection, InetAddress source) {
    connections.add(connection);
  }

  /// Leaves: new connections go direct, those that are open finish, and the rules are taken out.
  ///
  /// @param drain how long open connections may finish; idle ones are ended meanwhile
  public void stop(Duration drain) throws IOException, InterruptedException {
    leases.close();
    // No lease was given out for the strict rules, nor is one for these.
    installer.install(Netns.home(), rules(true), Duration.ZERO);
    long began = System.nanoTime();
    long endings = 0;
    while (!connections.isEmpty() && System.nanoTime() - began < drain.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
      long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
      if (seconds >= endings * SECONDS_BETWEEN_ENDINGS) {
        endings++;
        connections.forEach(
            connection -> connection.pipeline().fireUserEventTriggered(EndIfIdle.EVENT));
      }
    }
    listener.close();
    connections.close().awaitUninterruptibly();
    lease.close();
    installer.remove(Netns.home());
  }
}
