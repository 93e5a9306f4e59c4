package io.podstamp.kubernetes;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.identity.PodEvents;
import io.podstamp.pod.PodRef;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Events of `v1`. What happens to one Pod again is one event with a count, told at most once in
/// five minutes; so a Pod that flaps costs the API server next to nothing.
public final class KubernetesEvents implements PodEvents {
  private static final Logger log = LoggerFactory.getLogger(KubernetesEvents.class);

  private static final Duration AT_MOST_EVERY = Duration.ofMinutes(5);

  /// The API server forgets events after an hour (`--event-ttl`).
  private static final Duration KEPT = Duration.ofHours(1);

  private static final int LONGEST_MESSAGE = 1024; // validation of events.k8s.io, `note`
  private static final int MOST_KEPT = 2_000;

  private final KubernetesClient client;
  private final String node;
  private final InstantSource clock;
  private final LogOnce logOnce = new LogOnce(log, "events");
  private final Cache<Key, Told> told =
      Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(MOST_KEPT).build();

  private record Key(String uid, Kind kind) {}

  private record Told(String event, Instant at, int count, int waiting) {}

  /// The client stays the caller's.
  public KubernetesEvents(KubernetesClient client, String node) {
    this(client, node, InstantSource.system());
  }

  KubernetesEvents(KubernetesClient client, String node, InstantSource clock) {
    this.client = client;
    this.node = node;
    this.clock = clock;
  }

  @Override
  public synchronized void tell(PodRef pod, Kind kind, String message) {
    Key key = new Key(pod.uid(), kind);
    Told before = told.getIfPresent(key);
    Instant now = clock.instant();
    if (before != null && before.at().plus(AT_MOST_EVERY).isAfter(now)) {
      told.put(key, new Told(before.event(), before.at(), before.count(), before.waiting() + 1));
      return;
    }
    String text =
        message.length() <= LONGEST_MESSAGE
            ? message
            : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    try {
      told.put(
          key,
          before == null || before.event().isEmpty()
              ? create(pod, kind, text, now)
              : add(pod, kind, before, text, now));
      logOnce.succeeded();
    } catch (KubernetesClientException e) {
      // Not before the time is up either: the API server may be in trouble.
      told.put(key, new Told(before == null ? "" : before.event(), now, 0, 0));
      logOnce.failed(e);
    }
  }

  private Told create(PodRef pod, Kind kind, String message, Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(pod.namespace())
            .withName(name(pod, now))
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion("v1")
            .withKind("Pod")
            .withNamespace(pod.namespace())
            .withName(pod.name())
            .withUid(pod.uid())
            .endInvolvedObject()
            .withReason(kind.reason())
            .withType("Warning")
            .withMessage(message)
            .withNewSource()
            .withComponent("podstamp")
            .withHost(node)
            .endSource()
            .withFirstTimestamp(time)
            .withLastTimestamp(time)
            .withCount(1)
            .build();
    client.v1().events().inNamespace(pod.namespace()).resource(event).create();
    return new Told(event.getMetadata().getName(), now, 1, 0);
  }

  private Told add(PodRef pod, Kind kind, Told before, String message, Instant now) {
    int count = before.count() + before.waiting() + 1;
    Map<String, Object> change =
        Map.of(
            "message", message,
            "count", count,
            "lastTimestamp", now.truncatedTo(ChronoUnit.SECONDS).toString());
    try {
      Patches.merge(
          client,
          "api/v1/namespaces/%s/events/%s".formatted(pod.namespace(), before.event()),
          change);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return create(pod, kind, message, now); // forgotten by now
      }
      throw e;
    }
    return new Told(before.event(), now, count, 0);
  }

  /// As kubelet names its own: the Pod, and the time in hexadecimal, so that no two are the same.
  private static String name(PodRef pod, Instant now) {
    long nanos = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    return pod.name() + "." + Long.toHexString(nanos);
  }
}
