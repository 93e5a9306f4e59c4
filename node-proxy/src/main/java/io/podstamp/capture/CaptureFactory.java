package io.podstamp.capture;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.ConnectionInitializer;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.accept.PodListener;
import io.podstamp.accept.Probe;
import io.podstamp.config.Limits;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.Identifier;
import io.podstamp.lease.Bypass;
import io.podstamp.metrics.ConnectionLogger;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.SocketTable;
import io.podstamp.netns.Sysctls;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.Family;
import io.podstamp.stamp.StampCache;
import io.podstamp.upstream.Dialer;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes captures: opens the netns, listens in it, opens the lease, and writes the rules last, so
/// that nothing is redirected before somebody listens.
///
/// @param sysctls settings for each Pod's namespace
/// @param limits what each Pod may hold, as configured now
/// @param capacity what all of them may
/// @param bypass whether their leases are given out
public record CaptureFactory(
    EventLoopGroup loops,
    Doorway doorway,
    RuleInstaller installer,
    Sysctls sysctls,
    Identifier identifier,
    StampCache stamps,
    Supplier<Limits> limits,
    Capacity capacity,
    Bypass bypass,
    NodeMetrics metrics,
    ConnectionLogger connectionLog) {
  private static final Logger log = LoggerFactory.getLogger(CaptureFactory.class);
  private static final AtomicBoolean SYSCTLS_REPORTED = new AtomicBoolean();

  /// Captures a Pod. When it fails, nothing of it remains.
  ///
  /// @param port tried first for the listener
  Capture open(Attachment attachment, PodPolicy policy, int port) throws IOException {
    Netns netns = openNetns(attachment);
    Lease lease;
    try {
      lease = PodSockets.lease(doorway, netns);
    } catch (IOException | RuntimeException e) {
      netns.close();
      throw e;
    }
    PodMeter meter = metrics.meter(connectionLog, () -> identifier.identify(attachment));
    PodLimits held = PodLimits.of(attachment.id(), limits, capacity);
    Capture capture = new Capture(attachment, policy, netns, lease, this, held, meter);
    try {
      Dialer dialer =
          new Dialer(
              towards -> counted(PodSockets.upstream(netns, Family.of(towards)), held.upstream()),
              RedirectRules.MARK);
      capture.listen(
          PodListener.open(
              loops,
              family -> PodSockets.listener(doorway, netns, family),
              port,
              capture.gate(),
              new ConnectionInitializer(
                  capture, OriginalDestinationLookup.conntrack(), dialer, meter)));
      capture.apply(policy);
      reportOnce(sysctls.apply(doorway, netns));
      return capture;
    } catch (IOException | RuntimeException e) {
      capture.close();
      throw e;
    }
  }

  /// Makes a connection as the Pod's application would.
  Probe.Outcome probe(Netns netns, PodPolicy policy) throws IOException {
    Probe.Outcome outcome =
        Probe.make(
            loops, () -> PodSockets.probe(doorway, netns), policy.ports().value().getFirst());
    metrics.probed(outcome != Probe.Outcome.NOT_CAPTURED);
    return outcome;
  }

  private static <C extends Channel> C counted(C channel, ChannelGroup among) {
    among.add(channel);
    return channel;
  }

  /// Only counts in a Pod.
  Shadow shadow(Attachment attachment) throws IOException {
    return new Shadow(openNetns(attachment), installer, metrics);
  }

  private static Netns openNetns(Attachment attachment) throws IOException {
    Netns netns = Netns.openPod(attachment.netns());
    if (netns.id().inode() != attachment.netnsInode()) {
      netns.close();
      throw new IOException(
          attachment.netns()
              + " (expected: the namespace of "
              + attachment.pod()
              + "; this is another one)");
    }
    return netns;
  }

  /// Takes out what an earlier agent left in a Pod that is not to be captured, unless connections
  /// still go through its listener: they would be reset.
  ///
  /// @param port where that agent listened
  /// @return whether it is out
  boolean removeInherited(Attachment attachment, int port) throws IOException {
    try (Netns netns = openNetns(attachment)) {
      if (SocketTable.isBusy(doorway, netns, port)) {
        return false;
      }
      installer.remove(netns);
      return true;
    }
  }

  private static void reportOnce(Map<String, String> refused) {
    if (!refused.isEmpty() && SYSCTLS_REPORTED.compareAndSet(false, true)) {
      log.warn("sysctls of Pods cannot be set (maybe /proc/sys is read-only here): {}", refused);
    }
  }
}
