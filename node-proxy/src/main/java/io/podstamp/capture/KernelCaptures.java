package io.podstamp.capture;

import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.ConnectionInitializer;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.accept.Routing;
import io.podstamp.config.Config;
import io.podstamp.config.ListenPorts;
import io.podstamp.config.PodPolicy;
import io.podstamp.hold.HeldSyns;
import io.podstamp.identity.Identifier;
import io.podstamp.metrics.ConnectionLogger;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.SocketTable;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.Family;
import io.podstamp.redirect.KernelRedirect;
import io.podstamp.redirect.PodApplications;
import io.podstamp.redirect.RedirectTools;
import io.podstamp.signing.Signers;
import io.podstamp.upstream.Dialer;
import java.io.IOException;
import java.util.function.Supplier;

/// Makes captures in this Node's kernel: the traffic side first, since the listener needs it.
///
/// @param config as it is now
/// @param capacity what all of them may
public record KernelCaptures(
    RedirectTools tools,
    Identifier identifier,
    Supplier<Config> config,
    Capacity capacity,
    ConnectionLogger connectionLog,
    Signers signers)
    implements Captures {

  @Override
  public boolean hasNetns(Attachment attachment) {
    return Netns.isAt(attachment.netns(), attachment.netnsInode());
  }

  @Override
  public PodCapture open(Attachment attachment, PodPolicy policy, int port) throws IOException {
    PodLimits held = PodLimits.of(attachment.id(), () -> config.get().limits(), capacity);
    AcceptGate gate = new AcceptGate(capacity, held);
    PodMeter meter = tools.metrics().meter(connectionLog, () -> identifier.identify(attachment));
    PodTraffic traffic = new PodTraffic(attachment, policy, identifier, held, gate, meter, signers);
    Netns netns = openNetns(attachment);
    Dialer dialer =
        new Dialer(
            towards -> PodSockets.upstream(netns, Family.of(towards)),
            held.upstream()::add,
            new PodApplications(netns),
            () -> config.get().keepAliveSeconds(),
            RedirectRules.MARK);
    HeldSyns syns =
        new HeldSyns(
            tools.loops(),
            towards -> PodSockets.bareUpstream(netns, Family.of(towards)),
            (from, to) -> PodSockets.forgetTranslation(netns, from, to),
            tools.metrics(),
            held::connections);
    return new PodCapture(
        KernelRedirect.open(
            tools,
            netns,
            PodCapture.redirected(policy),
            ListenPorts.allBut(identifier.declaredPorts(attachment)),
            port,
            gate,
            syns,
            new ConnectionInitializer(
                traffic,
                OriginalDestinationLookup.conntrack(),
                Routing.TO_ORIGINAL_DESTINATION,
                dialer,
                syns::claim,
                meter)),
        traffic);
  }

  @Override
  public PodShadow shadow(Attachment attachment) throws IOException {
    return new KernelShadow(openNetns(attachment), tools.installer(), tools.metrics());
  }

  private static Netns openNetns(Attachment attachment) throws IOException {
    Netns netns;
    try {
      netns = Netns.openPod(attachment.netns());
    } catch (IOException e) {
      throw attachment.isSeen()
          ? e
          : new IOException(
              "CNI_NETNS: "
                  + e.getMessage()
                  + "; maybe the agent's container does not see the path that the runtime gives, as"
                  + " cri-dockerd gives one under /proc",
              e);
    }
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

  @Override
  public boolean removeInherited(Attachment attachment, int port) throws IOException {
    try (Netns netns = openNetns(attachment)) {
      if (port != 0 && SocketTable.isBusy(tools.doorway(), netns, port)) {
        return false;
      }
      tools.installer().remove(netns);
      return true;
    }
  }

  @Override
  public void repaired() {
    tools.metrics().podRepaired();
  }

  @Override
  public void renewed(boolean success) {
    tools.metrics().leaseRenewed(success);
  }
}
