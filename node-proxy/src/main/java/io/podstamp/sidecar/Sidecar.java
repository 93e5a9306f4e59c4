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
import io.podstamp.accept.Routing;
import io.podstamp.accept.SignedConnection;
import io.podstamp.config.Config;
import io.podstamp.config.Connect;
import io.podstamp.config.Destinations;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.ListenPorts;
import io.podstamp.config.Profile;
import io.podstamp.config.StampRules;
import io.podstamp.config.TokenSettings;
import io.podstamp.hold.HeldSyns;
import io.podstamp.lease.Bypass;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Sysctls;
import io.podstamp.netns.Tenant;
import io.podstamp.pod.Family;
import io.podstamp.pod.PodIdentity;
import io.podstamp.redirect.HoldSupport;
import io.podstamp.redirect.KernelRedirect;
import io.podstamp.redirect.Mailbox;
import io.podstamp.redirect.PodApplications;
import io.podstamp.redirect.PodRedirect;
import io.podstamp.redirect.RedirectTools;
import io.podstamp.signing.PodTokens;
import io.podstamp.signing.Signers;
import io.podstamp.signing.Subject;
import io.podstamp.stamp.PodStamps;
import io.podstamp.stamp.Stamp;
import io.podstamp.task.BackgroundTask;
import io.podstamp.upstream.Connections;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The captured Pod that this process runs in: the composition root of `podstamp sidecar`.
///
/// Works in its own network namespace, so that it needs `NET_ADMIN` and nothing else. What it has
/// in the kernel is looked at and put back as in a Pod of the agent.
public final class Sidecar implements CapturedPod {
  private static final Logger log = LoggerFactory.getLogger(Sidecar.class);

  /// One Pod's traffic; a Node's one for each core could be a hundred threads.
  private static final int MOST_LOOPS = 4;

  private static final Duration VERIFY_EVERY = Duration.ofSeconds(30);
  private static final Duration TOKEN_LOOK = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final int SECONDS_BETWEEN_ENDINGS = 1;

  private final Settings settings;
  private final PodStamps stamps;
  private final @Nullable PodTokens tokens;
  private final @Nullable BackgroundTask renewal;
  private final ChannelGroup connections =
      new DefaultChannelGroup("sidecar", GlobalEventExecutor.INSTANCE);
  private final EventLoopGroup loops =
      EventLoops.start(Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()));
  private final NodeMetrics metrics = new NodeMetrics();
  private final Capacity capacity = Capacity.unlimited();
  private final Bypass bypass = Bypass.of(capacity);
  private final LeaseKeeper leases = new LeaseKeeper(loops, capacity, bypass, metrics);
  private final Mailbox<Intent> mailbox =
      new Mailbox<>(
          Intent.class, task -> Thread.ofVirtual().name("pod-owner").start(task), this::work);
  private final BackgroundTask clock =
      BackgroundTask.every("reconcile-clock", VERIFY_EVERY, () -> mailbox.post(Intent.VERIFY));
  private final PodRedirect redirect;
  private List<BlindSpot> blindSpots = List.of();

  /// What there may be to do in the kernel.
  private enum Intent {
    VERIFY,
    DRAIN
  }

  /// What the command line says.
  ///
  /// @param ports captured destination ports
  /// @param nameservers where the names in `Host` are resolved; none: connections go where they
  ///   were going
  /// @param connect when `connect(2)` succeeds
  /// @param identity whose tokens requests carry, and which; null for none
  public record Settings(
      SortedSet<Integer> ports,
      List<HeaderRule> headers,
      List<InetAddress> nameservers,
      Profile profile,
      Connect connect,
      @Nullable Identity identity) {
    public Settings {
      headers = List.copyOf(headers);
      nameservers = List.copyOf(nameservers);
    }
  }

  /// What its tokens say, and to whom.
  public record Identity(TokenSettings settings, PodIdentity pod) {}

  private Sidecar(Settings settings) throws IOException {
    this.settings = settings;
    Identity identity = settings.identity();
    this.stamps =
        new PodStamps(
            StampRules.of(settings.headers(), settings.profile())
                .withToken(identity == null ? null : identity.settings().header()),
            OwnPod.identity());
    PodTokens held = identity == null ? null : tokens(identity.pod());
    this.tokens = held;
    this.renewal = identity == null || held == null ? null : renewal(held, identity.settings());
    this.redirect = redirect();
  }

  private static PodTokens tokens(PodIdentity pod) {
    return new PodTokens(Signers.ofKeys(InstantSource.system()), () -> Subject.of(pod.ref(), pod));
  }

  private static BackgroundTask renewal(PodTokens tokens, TokenSettings settings) {
    tokens.renew(settings);
    return BackgroundTask.every("identity-tokens", TOKEN_LOOK, () -> tokens.renew(settings))
        .start();
  }

  /// Starts; when it returns, connections are redirected.
  ///
  /// @throws IOException when something that it needs is refused; nothing of it remains then
  public static Sidecar start(Settings settings) throws IOException {
    Sidecar sidecar = new Sidecar(settings);
    sidecar.leases.start(sidecar::keep);
    sidecar.clock.start();
    log.info("redirecting ports {} to port {}", settings.ports(), sidecar.redirect.port());
    return sidecar;
  }

  /// Writes its rules over whatever an earlier start left.
  private PodRedirect redirect() throws IOException {
    Netns here = Netns.home();
    Doorway doorway = new Doorway();
    AcceptGate gate = AcceptGate.of(capacity);
    Dialer dialer =
        new Dialer(
            towards -> PodSockets.upstream(here, Family.of(towards)),
            _ -> {},
            new PodApplications(here),
            () -> Config.DEFAULT.keepAliveSeconds(),
            RedirectRules.MARK);
    HeldSyns syns =
        new HeldSyns(
            loops,
            towards -> PodSockets.bareUpstream(here, Family.of(towards)),
            (from, to) -> PodSockets.forgetTranslation(here, from, to),
            metrics,
            capacity::most);
    try {
      return KernelRedirect.open(
          new RedirectTools(
              Tenant.SIDECAR,
              loops,
              doorway,
              new RuleInstaller(doorway),
              new Sysctls(Path.of("/proc/sys/net")),
              refused -> log.debug("sysctls stay as they are: {}", refused),
              bypass,
              HoldSupport.UNTRIED,
              metrics),
          here,
          wanted(),
          ListenPorts.ALL,
          0,
          gate,
          syns,
          new ConnectionInitializer(
              this,
              OriginalDestinationLookup.conntrack(),
              routing(),
              dialer,
              syns::claim,
              metrics.meter()));
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + " (maybe the container lacks the capability NET_ADMIN)", e);
    }
  }

  private PodRedirect.Wanted wanted() {
    return new PodRedirect.Wanted(
        settings.ports(),
        Destinations.ALL,
        settings.profile() == Profile.TRANSPARENT,
        holds(),
        List.of());
  }

  /// Where a connection goes by its `Host` is not known before it is accepted.
  private boolean holds() {
    return settings.connect() == Connect.TRUE && settings.nameservers().isEmpty();
  }

  private Routing routing() {
    return settings.nameservers().isEmpty()
        ? Routing.TO_ORIGINAL_DESTINATION
        : new HostRouting(new Nameservers(loops.next(), settings.nameservers()));
  }

  private void keep(Duration lasting) {
    try {
      redirect.keep(lasting);
    } catch (IOException e) {
      mailbox.post(Intent.VERIFY);
    }
  }

  private void work(Set<Intent> intents) throws IOException {
    try {
      if (intents.contains(Intent.DRAIN)) {
        redirect.drain();
        return;
      }
      String wrong = redirect.verify();
      if (wrong != null) {
        log.warn("{}; repairing", wrong);
        redirect.repair();
      }
      List<BlindSpot> now = redirect.blindSpots();
      if (!now.equals(blindSpots)) {
        blindSpots = now;
        log.warn(
            "traffic that passes the rules by: {}",
            now.isEmpty() ? "none any more" : BlindSpot.told(now, profile() == Profile.STRICT));
        redirect.bring(wanted());
      }
    } catch (IOException | RuntimeException e) {
      log.error("the rules cannot be put right", e);
      throw e;
    }
  }

  @Override
  public Stamp stamp() {
    return stamps.plain();
  }

  @Override
  public CapturedPod towards(InetSocketAddress destination) {
    Identity identity = settings.identity();
    PodTokens held = tokens;
    return identity == null || held == null
        ? this
        : SignedConnection.of(
            this,
            destination,
            identity::settings,
            audience -> stamps.with(audience, held.textFor(audience)));
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
  /// @param drain how long open connections may finish; those on which nothing is outstanding end
  ///   meanwhile, and what is open afterwards is reset
  public void stop(Duration drain) throws IOException, InterruptedException {
    clock.close();
    leases.close();
    // No lease was given out for strict rules, nor is one for those that are written now.
    mailbox.post(Intent.DRAIN).exceptionally(_ -> null).join();
    long began = System.nanoTime();
    long endings = 0;
    while (!connections.isEmpty() && System.nanoTime() - began < drain.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
      long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
      if (seconds >= endings * SECONDS_BETWEEN_ENDINGS) {
        endings++;
        Connections.endAtRest(connections);
      }
    }
    redirect.stopListening();
    Connections.endNow(List.of(connections));
    redirect.removeRules();
    redirect.close();
    if (renewal != null) {
      renewal.close();
    }
  }
}
