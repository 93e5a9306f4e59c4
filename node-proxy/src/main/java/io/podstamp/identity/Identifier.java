package io.podstamp.identity;

import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who the Pod behind a listener is. The listener's attachment decides which Pod; the directory
/// adds what CNI does not tell, as soon as it knows.
public final class Identifier {
  private static final Logger LOG = LoggerFactory.getLogger(Identifier.class);

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

  /// Everything known of the attachment's Pod now; for rendering a stamp, not for every request.
  public PodIdentity identify(Attachment attachment) {
    PodRef ref = attachment.pod();
    PodRecord record = directory.find(ref);
    if (record == null) {
      return new PodIdentity(
          ref,
          attachment.ips(),
          PodRecord.cutHostname(ref.name()),
          null,
          Map.of(),
          attachment.annotations(),
          null,
          new PodIdentity.Node(nodeName, null));
    }
    return new PodIdentity(
        record.ref(),
        record.ips().isEmpty() ? attachment.ips() : record.ips(),
        record.hostname(),
        record.serviceAccount(),
        record.labels(),
        record.annotations(),
        record.workload(),
        new PodIdentity.Node(nodeName, record.nodeIp()));
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
      LOG.warn(
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
