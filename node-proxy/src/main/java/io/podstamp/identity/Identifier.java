package io.podstamp.identity;

import io.podstamp.pod.Attachment;
import io.podstamp.pod.Family;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who the Pod behind a listener is. The listener's attachment decides which Pod; the directory
/// adds what CNI does not tell, as soon as it knows.
public final class Identifier {
  private static final Logger log = LoggerFactory.getLogger(Identifier.class);

  private final Directory directory;
  private final String nodeName;
  private final LongAdder mismatches = new LongAdder();

  /// What the directory says of a connection's source address.
  public enum Source {
    /// It is the attachment's Pod.
    AGREES,
    /// Nobody known has the address (yet).
    UNKNOWN,
    /// It is another Pod's. The attachment wins: this is counted, never acted upon.
    MISMATCH
  }

  public Identifier(Directory directory, String nodeName) {
    this.directory = directory;
    this.nodeName = nodeName;
  }

  /// Those of our ports that its containers say they listen on, as far as is known.
  public Set<Integer> declaredPorts(Attachment attachment) {
    PodRecord record = directory.find(attachment.pod());
    return record == null ? Set.of() : record.declaredPorts();
  }

  /// Everything known of the attachment's Pod now; for rendering a stamp, not for every request.
  public PodIdentity identify(Attachment attachment) {
    PodRef ref = attachment.pod();
    PodRecord record = directory.find(ref);
    if (record == null) {
      return new PodIdentity(
          ref,
          primaryFirst(attachment.ips(), null),
          PodRecord.cutHostname(ref.name()),
          null,
          Map.of(),
          attachment.annotations(),
          null,
          new PodIdentity.Node(nodeName, null));
    }
    return new PodIdentity(
        record.ref(),
        record.ips().isEmpty() ? primaryFirst(attachment.ips(), record.nodeIp()) : record.ips(),
        record.hostname(),
        record.serviceAccount(),
        record.labels(),
        record.annotations(),
        record.workload(),
        new PodIdentity.Node(nodeName, record.nodeIp(), record.nodeIps()));
  }

  /// What CNI told, in the order that the Pod's status will have: the kubelet puts the family of
  /// the Node's first address first (kubelet, `sortPodIPs`), whatever the CNI result has first.
  ///
  /// @param hostIp the Node's, as the Pod has it; null if it has none yet
  private List<InetAddress> primaryFirst(List<InetAddress> told, @Nullable InetAddress hostIp) {
    if (told.size() < 2) {
      return told;
    }
    InetAddress nodeIp = hostIp == null ? anyNodeIp() : hostIp;
    return nodeIp == null
        ? told
        : told.stream()
            .sorted(Comparator.comparing(ip -> Family.of(ip) != Family.of(nodeIp)))
            .toList();
  }

  /// As any Pod of this Node has it.
  private @Nullable InetAddress anyNodeIp() {
    return directory.pods().stream()
        .map(PodRecord::nodeIp)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /// Compares a connection's source address with the directory; once per connection, one look-up in
  /// memory.
  public Source checkSource(Attachment attachment, InetAddress source) {
    PodRecord owner = directory.byIp(source);
    if (owner == null) {
      return Source.UNKNOWN;
    }
    if (owner.isMeantBy(attachment.pod())) {
      return Source.AGREES;
    }
    if (mismatches.sum() == 0) {
      log.warn(
          "{} has the address {} by CNI, the API server gives it to {}; the former is believed."
              + " Further ones are counted only",
          attachment.pod(),
          source.getHostAddress(),
          owner.ref());
    }
    mismatches.increment();
    return Source.MISMATCH;
  }

  /// How many connections came from an address that the directory gives to another Pod.
  public long mismatches() {
    return mismatches.sum();
  }
}
