package io.podstamp.capture;

import io.podstamp.config.Annotations;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Lookup.Answer;
import io.podstamp.identity.Lookup.Found;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the API server of the model says of one Namespace and its Pods, and the informers through
/// which agents hear of it, late, and in order.
final class ModelCluster {
  static final String NAMESPACE = "shop";

  private final Baton baton;
  private final ModelFaults faults;
  private final List<View> views = new ArrayList<>();
  private final Map<String, PodRecord> pods = new LinkedHashMap<>();
  private final Map<String, List<Map<String, String>>> said = new LinkedHashMap<>();
  private @Nullable NamespaceRecord namespace;
  private boolean away;

  ModelCluster(Baton baton, ModelFaults faults) {
    this.baton = baton;
    this.faults = faults;
  }

  @Nullable NamespaceRecord namespace() {
    return namespace;
  }

  PodRecord pod(String uid) {
    PodRecord pod = pods.get(uid);
    if (pod == null) {
      throw new IllegalStateException(uid);
    }
    return pod;
  }

  /// All annotations that an object ever had, the newest last.
  List<Map<String, String>> said(String uid) {
    return said.computeIfAbsent(uid, _ -> new ArrayList<>());
  }

  void setNamespace(@Nullable NamespaceRecord now) {
    namespace = now;
    if (now != null) {
      said(now.uid()).add(now.annotations());
    }
    views.forEach(View::hearOfNamespace);
  }

  void setPod(PodRef ref, Map<String, String> annotations) {
    said(ref.uid()).add(annotations);
    pods.put(
        ref.uid(),
        new PodRecord(
            ref,
            List.of(InetAddress.getLoopbackAddress()),
            ref.name(),
            null,
            Map.of(),
            annotations,
            new Workload("Pod", ref.name()),
            null,
            false,
            false,
            PodRecord.Life.LIVE,
            Instant.MIN,
            null,
            Set.of(),
            List.of()));
    views.forEach(view -> view.hearOfPod(ref));
  }

  /// It answers nobody, or everybody again.
  void goAway(boolean on) {
    away = on;
    views.forEach(View::deliver);
  }

  /// The watch of every agent breaks: what was not told yet is told as it is now.
  void breakWatches() {
    views.forEach(View::relist);
  }

  /// What an agent that starts now hears.
  View view(Baton.Life life) {
    View view = new View(life);
    views.add(view);
    view.relist();
    return view;
  }

  /// One agent's informers.
  final class View implements Directory {
    private final Baton.Life life;
    private final Map<String, PodRecord> knownPods = new LinkedHashMap<>();
    private final Deque<Runnable> untold = new ArrayDeque<>();
    private @Nullable NamespaceRecord known;
    private @Nullable Consumer<Change> listener;
    private boolean delivering;
    private @Nullable Runnable onceSynced;
    private boolean synced;

    View(Baton.Life life) {
      this.life = life;
    }

    private void relist() {
      untold.clear();
      hearOfNamespace();
      pods.values().forEach(pod -> hearOfPod(pod.ref()));
      untold.add(
          () -> {
            synced = true;
            if (onceSynced != null) {
              onceSynced.run();
              onceSynced = null;
            }
          });
    }

    /// Has something done when all has been heard of.
    void onceSynced(Runnable action) {
      if (synced) {
        action.run();
      } else {
        onceSynced = action;
      }
    }

    private void hearOfNamespace() {
      NamespaceRecord now = namespace;
      hear(
          () -> {
            known = now;
            tell(new Change.OfNamespace(NAMESPACE));
          });
    }

    private void hearOfPod(PodRef ref) {
      PodRecord now = pod(ref.uid());
      hear(
          () -> {
            knownPods.put(ref.uid(), now);
            tell(new Change.OfPod(ref));
          });
    }

    private void hear(Runnable event) {
      untold.add(event);
      deliver();
    }

    private void deliver() {
      if (!delivering && !away && !life.hasEnded() && !untold.isEmpty()) {
        delivering = true;
        baton.start(
            life,
            () -> {
              while (!away && !untold.isEmpty()) {
                baton.step();
                Runnable event = untold.poll();
                if (event != null) {
                  event.run();
                }
              }
              delivering = false;
            });
      }
    }

    private void tell(Change change) {
      baton.step();
      Consumer<Change> told = listener;
      if (told != null) {
        told.accept(change);
      }
    }

    @Override
    public void onChange(Consumer<Change> told) {
      listener = told;
    }

    @Override
    public @Nullable PodRecord byUid(String uid) {
      faults.stepUnchecked("directory");
      PodRecord pod = knownPods.get(uid);
      baton.step();
      return pod;
    }

    @Override
    public @Nullable NamespaceRecord namespace(String name) {
      baton.step();
      NamespaceRecord now = known;
      baton.step();
      return now;
    }

    @Override
    public Set<String> namespaces() {
      return known == null ? Set.of() : Set.of(NAMESPACE);
    }

    @Override
    public @Nullable PodRecord byIp(InetAddress ip) {
      return null;
    }

    @Override
    public @Nullable PodRecord byName(String namespace, String name) {
      return null;
    }

    @Override
    public Collection<PodRecord> pods() {
      return knownPods.values();
    }

    @Override
    public boolean synced() {
      return synced;
    }

    /// Answers with what was so when it was asked, or a little later.
    Answer ask(PodRef ref) {
      faults.stepUnchecked("look-up");
      if (away || faults.isDue()) {
        return new Answer(new Found.Unknown<>("away"), new Found.Unknown<>("away"));
      }
      PodRecord pod = pod(ref.uid());
      baton.step();
      NamespaceRecord now = namespace;
      baton.step();
      return new Answer(
          new Found.Known<>(pod), now == null ? new Found.Absent<>() : new Found.Known<>(now));
    }
  }

  /// Annotations as they may be in force: each broken value of ours as it stands, or as one that
  /// was said before.
  static List<Map<String, String>> mayBeInForce(List<Map<String, String>> said) {
    if (said.isEmpty()) {
      return List.of(Map.of());
    }
    Map<String, String> newest = said.getLast();
    if (Annotations.parse(newest).problems().isEmpty()) {
      return List.of(newest);
    }
    List<Map<String, String>> all = new ArrayList<>(List.of(newest));
    for (Map<String, String> before : said) {
      for (Map<String, String> other : said) {
        Map<String, String> mixed = new LinkedHashMap<>(Annotations.mend(newest, before));
        all.add(Annotations.mend(newest, before));
        mixed.putAll(Annotations.mend(newest, only(other, Annotations.PORTS)));
        mixed.putAll(only(Annotations.mend(newest, before), Annotations.ENABLED));
        all.add(mixed);
      }
    }
    return all;
  }

  private static Map<String, String> only(Map<String, String> all, String key) {
    String value = all.get(key);
    return value == null ? Map.of() : Map.of(key, value);
  }
}
