package io.podstamp.publish;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.config.Labels;
import io.podstamp.identity.Directory;
import io.podstamp.identity.PodEvents;
import io.podstamp.identity.PodRecord;
import io.podstamp.identity.StatusWriter;
import io.podstamp.pod.PodRef;
import io.podstamp.task.BackgroundTask;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Tells the API server what becomes of Pods: their status annotation, and events of what is wrong.
/// Looks every 2 s at where Pods stand and tells what differs from the last time, so that a Pod
/// which changes fast is told of when it has come to rest.
///
/// On one virtual thread.
public final class Announcements implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(2);

  /// A status that changes more often than this is written when it is due.
  private static final Duration STATUS_AT_MOST_EVERY = Duration.ofSeconds(10);

  /// In one look, so that an agent that starts on a full Node takes its time.
  private static final int MOST_STATUSES = 10;

  private static final String SINCE = ", since ";

  private final Supplier<List<PodStatus>> pods;
  private final Directory directory;
  private final @Nullable StatusWriter status;
  private final @Nullable PodEvents events;
  private final BackgroundTask task =
      BackgroundTask.every("announcements", EVERY, () -> look(Instant.now()));
  private final Map<String, Told> told = new HashMap<>();

  private record Told(
      PodState state,
      String reason,
      List<String> problems,
      int repairs,
      String status,
      Instant at) {
    static final Told NOTHING = new Told(PodState.OFF, "", List.of(), 0, "", Instant.MIN);
  }

  /// @param status null for none
  /// @param events null for none
  public Announcements(
      Supplier<List<PodStatus>> pods,
      Directory directory,
      @Nullable StatusWriter status,
      @Nullable PodEvents events) {
    this.pods = pods;
    this.directory = directory;
    this.status = status;
    this.events = events;
  }

  /// Begins to look, if there is anybody to tell.
  public void start() {
    if (status != null || events != null) {
      task.start();
    }
  }

  /// Tells what has changed since the last look.
  void look(Instant now) {
    Set<String> present = new HashSet<>();
    int written = 0;
    for (PodStatus pod : pods.get()) {
      String id = pod.attachment().id();
      present.add(id);
      Told before = told.getOrDefault(id, Told.NOTHING);
      PodRecord known = directory.find(pod.attachment().pod());
      if (events != null) {
        // Whoever looks at the Pod asks for events of the UID that the API server knows.
        tell(events, known == null ? pod.attachment().pod() : known.ref(), pod, before);
      }
      String text = text(pod);
      boolean due =
          status != null
              && written < MOST_STATUSES
              && !pod.verified().equals(Instant.EPOCH)
              && !text.equals(before.status())
              && before.at().isBefore(now.minus(STATUS_AT_MOST_EVERY));
      if (due && status != null && write(status, pod.attachment().pod(), known, text, now)) {
        written++;
      }
      told.put(
          id,
          new Told(
              pod.state(),
              pod.reason(),
              pod.policy().problems(),
              pod.repairs().count(),
              due ? text : before.status(),
              due ? now : before.at()));
    }
    told.keySet().retainAll(present);
  }

  private static void tell(PodEvents events, PodRef ref, PodStatus pod, Told before) {
    List<String> problems = pod.policy().problems();
    if (!problems.isEmpty() && !problems.equals(before.problems())) {
      events.tell(ref, PodEvents.Kind.ANNOTATION_INVALID, String.join("; ", problems));
    }
    if ((pod.state() == PodState.FAILED || pod.state() == PodState.PARTIAL)
        && (before.state() != pod.state() || !before.reason().equals(pod.reason()))) {
      events.tell(ref, PodEvents.Kind.CAPTURE_FAILED, pod.reason());
    }
    if (pod.repairs().count() > before.repairs()) {
      events.tell(ref, PodEvents.Kind.REPAIRED, "put back: " + pod.repairs().last());
    }
  }

  /// @return false when the Pod says so already: an earlier agent wrote it
  private static boolean write(
      StatusWriter writer, PodRef pod, @Nullable PodRecord known, String text, Instant now) {
    String there = known == null ? "" : known.annotations().getOrDefault(Annotations.STATUS, "");
    if (there.startsWith(text + SINCE)) {
      return false;
    }
    writer.write(pod, text + SINCE + now.truncatedTo(ChronoUnit.SECONDS));
    return true;
  }

  private static String text(PodStatus pod) {
    return Labels.of(pod.state()) + ": " + pod.told();
  }

  @Override
  public void close() {
    task.close();
  }
}
