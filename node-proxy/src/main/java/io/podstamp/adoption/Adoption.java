package io.podstamp.adoption;

import io.podstamp.capture.PodStatus;
import io.podstamp.capture.Reconciler;
import io.podstamp.config.Enablement;
import io.podstamp.identity.Directory;
import io.podstamp.identity.PodRecord;
import io.podstamp.netns.NetnsDirectory;
import io.podstamp.netns.NetnsDirectory.Found;
import io.podstamp.pod.Attachment;
import io.podstamp.policy.Policies;
import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes up enabled Pods of which CNI did not tell: created before podstamp was chained, or while
/// no agent answered.
///
/// Their namespace is the one that owns the Pod's address, and the directory has to agree that the
/// address is this Pod's now. So are Pods taken up whose namespace CNI named by a path that the
/// agent does not see. The host's own namespace is never one, and a namespace that has an
/// attachment already is left to it.
public final class Adoption implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Adoption.class);

  private static final Duration EVERY = Duration.ofSeconds(30);

  /// A look takes milliseconds for each Pod without attachment.
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

  private final Directory directory;
  private final Policies policies;
  private final Reconciler reconciler;
  private final NetnsDirectory namespaces;
  private final CniResults results;
  private final BackgroundTask task = BackgroundTask.every("adoption", EVERY, this::adoptAll);

  /// @param cniResults where libcni keeps results, usually `/var/lib/cni/results`
  public Adoption(
      Directory directory,
      Policies policies,
      Reconciler reconciler,
      NetnsDirectory namespaces,
      Path cniResults) {
    this.directory = directory;
    this.policies = policies;
    this.reconciler = reconciler;
    this.namespaces = namespaces;
    this.results = new CniResults(cniResults);
  }

  /// Begins to look every now and then, since no event tells that a namespace has appeared.
  public void start() {
    task.start();
  }

  /// Has somebody look, soon; many calls make one look.
  public void look() {
    task.soon();
  }

  /// Takes up every Pod that can be found now.
  void adoptAll() throws IOException {
    if (!directory.synced()) {
      return;
    }
    List<PodRecord> strays = strays();
    if (!strays.isEmpty()) {
      adopt(strays);
    }
  }

  private List<PodRecord> strays() {
    Set<String> attached = new HashSet<>();
    for (PodStatus status : reconciler.status()) {
      if (status.attachment().isSeen()) {
        attached.add(status.attachment().pod().toString());
      }
    }
    return directory.pods().stream()
        .filter(pod -> pod.life() != PodRecord.Life.TERMINATED && !pod.hostNetwork())
        .filter(pod -> !pod.ips().isEmpty())
        .filter(pod -> !attached.contains(pod.ref().toString()))
        .filter(pod -> policies.of(pod).enablement().value() == Enablement.ENABLED)
        .toList();
  }

  private void adopt(List<PodRecord> strays) throws IOException {
    Map<String, CniResults.Result> remembered = results.byPod();
    List<Found> free = free();
    for (PodRecord pod : strays) {
      try {
        adopt(pod, CniResults.find(remembered, pod), free);
      } catch (IOException | RuntimeException e) {
        log.warn("{}: cannot be taken up, tried again: {}", pod.ref(), e.toString());
      }
    }
  }

  private void adopt(PodRecord pod, CniResults.@Nullable Result result, List<Found> free)
      throws IOException {
    Found home = home(pod, result, free);
    if (home == null) {
      log.debug("{}: no network namespace here has its address", pod.ref());
      return;
    }
    log.info("{}: runs in {} without CNI having told; taken up", pod.ref(), home.path());
    reconciler.adopt(
        new Attachment(
            result == null ? Attachment.unnamed(pod.ref()) : result.containerId(),
            result == null ? "eth0" : result.ifname(),
            home.path(),
            home.inode(),
            pod.ref(),
            pod.ips(),
            pod.annotations(),
            result == null ? "" : result.network()));
  }

  /// Namespaces that no attachment has.
  private List<Found> free() throws IOException {
    Set<Long> taken = new HashSet<>();
    reconciler.status().forEach(status -> taken.add(status.attachment().netnsInode()));
    return namespaces.all().stream().filter(found -> !taken.contains(found.inode())).toList();
  }

  private @Nullable Found home(PodRecord pod, CniResults.@Nullable Result result, List<Found> free)
      throws IOException {
    InetAddress ip = pod.ips().getFirst();
    PodRecord owner = directory.byIp(ip);
    if (owner == null || !owner.ref().equals(pod.ref())) {
      return null; // the address is another Pod's by now
    }
    if (result != null && result.netns() != null) {
      Found told = namespaces.at(result.netns());
      if (told != null && namespaces.owns(told, ip)) {
        return told;
      }
    }
    for (Found found : free) {
      if (namespaces.owns(found, ip)) {
        return found;
      }
    }
    return null;
  }

  @Override
  public void close() {
    task.closeAndAwait(LONGEST_LOOK);
  }
}
