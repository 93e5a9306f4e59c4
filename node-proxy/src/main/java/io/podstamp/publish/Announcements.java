package io.podstamp.publish;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.config.Labels;
import io.podstamp.identity.Directory;
import io.podstamp.identity.PodEvents;
import io.podstamp.identity.PodRecord;
import io.podstamp.identity.StatusWriter;
import io.podstamp.metrics.Refusals;
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
  private final StaleStatuses stale;
  private final Supplier<@Nullable String> configProblem;
  private final @Nullable PodRef agent;
  private @Nullable String configTold;

  private record Told(
      PodState state,
      String reason,
      List<String> problems,
      int repairs,
      long refused,
      String status,
      Instant at) {
    static final Told NOTHING = new Told(PodState.OFF, "", List.of(), 0, 0, "", Instant.MIN);
  }

  /// @param configProblem what is wrong with the config file; null while it is in force
  /// @param agent the agent's own Pod, to which events of the config go; null for none
  /// @param status null for none
  /// @param events null for none
  public Announcements(
      Supplier<List<PodStatus>> pods,
      Directory directory,
      Supplier<@Nullable String> configProblem,
      @Nullable PodRef agent,
      @Nullable StatusWriter status,
      @Nullable PodEvents events) {
    this.configProblem = configProblem;
    this.agent = agent;
    this.pods = pods;
    this.directory = directory;
    this.status = status;
    this.stale = new StaleStatuses(pods, directory);
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
      String says = before.status();
      if (due && status != null) {
        if (says(known, text)) {
          says = text;
        } else {
          written++;
          boolean done =
              status.write(
                  pod.attachment().pod(), text + SINCE + now.truncatedTo(ChronoUnit.SECONDS));
          says = done ? text : says;
        }
      }
      told.put(
          id,
          new Told(
              pod.state(),
              pod.reason(),
              pod.policy().problems(),
              pod.repairs().count(),
              pod.counts().refusals().total(),
              says,
              due ? now : before.at()));
    }
    told.keySet().retainAll(present);
    tellOfConfig();
    if (status != null && directory.synced()) {
      stale.correct(status, now, MOST_STATUSES - written);
    }
  }

  private void tellOfConfig() {
    String problem = configProblem.get();
    if (events != null && agent != null && problem != null && !problem.equals(configTold)) {
      events.tell(agent, PodEvents.Kind.CONFIG_INVALID, problem);
    }
    configTold = problem;
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
    Refusals refusals = pod.counts().refusals();
    if (refusals.total() > before.refused()) {
      events.tell(
          ref,
          PodEvents.Kind.REQUESTS_REFUSED,
          "%d refused so far, the last one at %s; podstamp explain tells why"
              .formatted(refusals.total(), refusals.last()));
    }
  }

  /// Whether the Pod says so already: an earlier agent wrote it.
  private static boolean says(@Nullable PodRecord known, String text) {
    return known != null
        && known.annotations().getOrDefault(Annotations.STATUS, "").startsWith(text + SINCE);
  }

  /// Podstamp goes: what it wrote would be false from now on. After [#close].
  public void withdraw(Duration atMost) {
    if (status != null) {
      stale.removeAll(status, atMost);
    }
  }

  private static String text(PodStatus pod) {
    return Labels.of(pod.state()) + ": " + pod.told();
  }

  @Override
  public void close() {
    task.close();
  }
}
