package io.podstamp.capture;

import io.podstamp.config.Config;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.store.AttachmentStore;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One round of the model: CNI, the cluster, the node and the agent's life all go on at once, in an
/// order that a seed decides; then everything comes to rest, and must be as the last word of each
/// wants it.
///
/// A round is either *undisturbed* or not. In an undisturbed one nothing fails, nobody touches a
/// namespace behind the agent's back, and no connection lives on: it must be right at rest without
/// any verification. After the others all Pods are verified once, when nothing fails any more.
@SuppressWarnings("ReferenceEquality") // what CNI told last is told by its identity
final class PodModel {
  private static final String NETWORK = "podnet";
  private static final PodRef WEB = new PodRef(ModelCluster.NAMESPACE, "web", "uid-web");
  private static final PodRef STRAY = new PodRef(ModelCluster.NAMESPACE, "stray", "uid-stray");
  private static final List<String> CONTAINERS = List.of("first", "second");

  private final RandomGenerator random;
  private final boolean undisturbed;
  private final boolean succession;
  private final Baton baton;
  private final ModelFaults faults;
  private final ModelKernel kernel;
  private final ModelStore store;
  private final ModelCluster cluster;
  private final Baton.Life world = new Baton.Life();

  /// What CNI said last of each container: its attachment, or null once it was deleted.
  private final Map<String, @Nullable Attachment> told = new LinkedHashMap<>();

  private final Map<String, Attachment> everTold = new HashMap<>();

  /// What happened, for a reader of a failure.
  private final List<String> story = new ArrayList<>();

  private ModelKernel.@Nullable Netns stray;
  private ModelAgent agent;
  private int namespacesMade;

  PodModel(long seed) {
    random = new SplittableRandom(seed);
    undisturbed = random.nextBoolean();
    succession = random.nextBoolean();
    baton = new Baton(random);
    faults = new ModelFaults(random, baton);
    kernel = new ModelKernel(baton, faults);
    store = new ModelStore(faults, kernel.violations());
    cluster = new ModelCluster(baton, faults);
    agent = new ModelAgent(baton, kernel, store, cluster);
  }

  /// Runs it.
  ///
  /// @throws AssertionError with what is wrong at rest
  void run() throws InterruptedException {
    cluster.setPod(WEB, someAnnotations());
    cluster.setPod(STRAY, someAnnotations());
    changeNamespace();
    faults.inject(!undisturbed);
    baton.start(world, this::succeed);
    baton.start(world, () -> repeat(7, this::callCni));
    baton.start(world, () -> repeat(7, this::changeCluster));
    baton.start(world, () -> repeat(5, this::touchNode));
    baton.run();
    comeToRest();
    check();
    agent.kill();
  }

  private void repeat(int most, Runnable action) {
    int times = random.nextInt(most);
    for (int i = 0; i < times; i++) {
      baton.step();
      action.run();
    }
  }

  // The agent's life.

  private void succeed() {
    begin(agent);
    repeat(
        succession ? 3 : 1,
        () -> {
          ModelAgent before = agent;
          if (random.nextBoolean()) {
            story.add("the agent is killed");
            before.kill();
            next();
          } else {
            story.add("the agent is upgraded");
            before.retire();
            next();
            before.leave();
          }
        });
  }

  private void next() {
    agent = new ModelAgent(baton, kernel, store, cluster);
    begin(agent);
  }

  /// One that cannot start is started again.
  private void begin(ModelAgent starting) {
    ModelAgent now = starting;
    boolean[] ended = new boolean[1];
    baton.start(
        now.life(),
        () -> {
          try {
            now.start();
          } catch (IOException | IllegalStateException e) {
            now.kill();
          }
          ended[0] = true;
        });
    baton.await(() -> ended[0] || now.life().hasEnded());
    if (now.life().hasEnded()) {
      next();
    }
  }

  // What CNI tells.

  private void callCni() {
    String container = CONTAINERS.get(random.nextInt(CONTAINERS.size()));
    Attachment before = told.get(container);
    if (before != null
        && !succession
        && told.values().stream().noneMatch(other -> other != null && other.isSeen())
        && random.nextBoolean()) {
      find(before);
      return;
    }
    switch (random.nextInt(before == null ? 2 : 6)) {
      case 0 -> add(container, random.nextInt(8) == 0 ? null : kernel.create());
      case 1 -> delete(container);
      case 2 -> addAgain(Objects.requireNonNull(before));
      case 3 -> call(this::collect);
      case 4 -> call(reconciler -> reconciler.checking(container + "-eth0"));
      default -> delete(container);
    }
  }

  /// @param netns null for one that the agent cannot open
  private void add(String container, ModelKernel.@Nullable Netns netns) {
    // A container's name is used again only when its namespace is gone.
    Attachment before = everTold.get(container);
    if (before != null) {
      destroy(before);
    }
    Attachment now =
        new Attachment(
            container,
            "eth0",
            netns == null ? Path.of("/proc/1/ns/net") : netns.path,
            netns == null ? Attachment.UNSEEN : netns.inode,
            WEB,
            List.of(InetAddress.getLoopbackAddress()),
            random.nextBoolean() ? Map.of() : cluster.pod(WEB.uid()).annotations(),
            NETWORK);
    told.put(container, now);
    everTold.put(container, now);
    attach(now);
  }

  /// A runtime does not do so with a sandbox that an earlier agent could not write down.
  private void addAgain(Attachment before) {
    if (undisturbed || !succession) {
      attach(before);
    }
  }

  /// Of another sandbox of the Pod, only a namespace that is seen tells that it is there still.
  private void attach(Attachment now) {
    List<Attachment> replaced =
        told.values().stream()
            .filter(other -> other != null && !other.isSeen() && !other.equals(now))
            .map(Objects::requireNonNull)
            .toList();
    replaced.forEach(other -> told.put(other.containerId(), null));
    story.add("ADD " + now.id() + " " + now.netnsInode());
    if (!agentAnswers(reconciler -> reconciler.attaching(now))) {
      tearDown(now);
    }
    if (succession) {
      // The agent may not have come so far; the runtime deletes them some day.
      replaced.forEach(other -> call(reconciler -> reconciler.detaching(other.id())));
    }
  }

  /// What the runtime does with a sandbox of which an ADD failed.
  private void tearDown(Attachment attachment) {
    story.add("torn down: " + attachment.id());
    destroy(attachment);
    told.put(attachment.containerId(), null);
    call(reconciler -> reconciler.detaching(attachment.id()));
  }

  /// Adoption finds the namespace that the agent could not open.
  private void find(Attachment unseen) {
    ModelKernel.Netns netns = kernel.create();
    Attachment found = adopted(WEB, netns);
    call(
        reconciler -> {
          if (reconciler.status().stream()
              .noneMatch(
                  status ->
                      status.attachment().pod().equals(WEB) && status.attachment().isSeen())) {
            story.add("found: " + unseen.id() + " " + found.netnsInode());
            Attachment named =
                new Attachment(
                    unseen.containerId(),
                    unseen.ifname(),
                    found.netns(),
                    found.netnsInode(),
                    WEB,
                    found.ips(),
                    found.annotations(),
                    NETWORK);
            told.put(named.containerId(), named);
            everTold.put(named.containerId(), named);
            reconciler.adopt(found);
          }
          return CompletableFuture.allOf(
              reconciler.owners().map(PodOwner::settle).toArray(CompletableFuture[]::new));
        });
  }

  private void delete(String container) {
    Attachment before = told.get(container);
    if (before != null && random.nextInt(3) == 0) {
      destroy(before);
    }
    told.put(container, null);
    story.add("DEL " + container);
    call(reconciler -> reconciler.detaching(container + "-eth0"));
    // A failure of DEL that the agent does not survive is made good by the namespace's end.
    if (before != null && (random.nextBoolean() || (succession && !undisturbed))) {
      destroy(before);
    }
  }

  private void destroy(Attachment attachment) {
    story.add("destroyed: " + attachment.netnsInode());
    ModelKernel.Netns netns = kernel.find(attachment);
    if (netns != null) {
      netns.exists = false;
    }
  }

  private CompletableFuture<Void> collect(Reconciler reconciler) {
    reconciler.detachAllBut(
        NETWORK,
        told.values().stream()
            .filter(Objects::nonNull)
            .map(Attachment::id)
            .collect(java.util.stream.Collectors.toSet()));
    return CompletableFuture.completedFuture(null);
  }

  /// The runtime calls again when the agent went away in the midst of a call.
  private void call(ModelAgent.Call call) {
    boolean answered = false;
    while (!answered) {
      answered = agentAnswers(call);
    }
  }

  private boolean agentAnswers(ModelAgent.Call call) {
    baton.await(() -> agent.isServing());
    boolean answered = agent.call(call);
    story.add(answered ? "answered" : "not answered");
    return answered;
  }

  // What the cluster tells.

  private void changeCluster() {
    switch (random.nextInt(8)) {
      case 0, 1 -> changeNamespace();
      case 2 -> {
        // Two at once: what the first one wants must not stay.
        changeNamespace();
        changeNamespace();
      }
      case 3, 4 -> cluster.setPod(WEB, someAnnotations());
      case 5 -> cluster.setPod(STRAY, someAnnotations());
      case 6 -> cluster.goAway(random.nextBoolean());
      default -> cluster.breakWatches();
    }
  }

  private void changeNamespace() {
    NamespaceRecord before = cluster.namespace();
    if (before == null || random.nextInt(6) == 0) {
      cluster.setNamespace(null);
      baton.step();
      namespacesMade++;
    }
    cluster.setNamespace(new NamespaceRecord("uid-shop-" + namespacesMade, someAnnotations()));
  }

  private Map<String, String> someAnnotations() {
    Map<String, String> annotations = new HashMap<>();
    put(annotations, "enabled", "true", "true", "false", "shadow", "broken");
    put(annotations, "ports", "80", "81,82", "broken");
    put(annotations, "headers", "[{name: X-One, value: \"1\"}]", "[{name: X-Two, value: \"2\"}]");
    put(annotations, "profile", "strict", "transparent");
    return annotations;
  }

  private void put(Map<String, String> annotations, String key, String... values) {
    if (random.nextBoolean()) {
      annotations.put("podstamp.io/" + key, values[random.nextInt(values.length)]);
    }
  }

  // What else happens on the node.

  private void touchNode() {
    Reconciler now = agent.reconciler();
    Baton.Life life = agent.life();
    switch (random.nextInt(undisturbed ? 5 : 8)) {
      case 0 ->
          baton.start(
              life, () -> agent.promised().addAll(now.owners().map(PodOwner::verify).toList()));
      case 1 -> baton.start(life, () -> now.renewLeases(Duration.ofSeconds(15)));
      case 2 -> baton.start(life, () -> now.reconcile(everyone -> true));
      case 3 -> baton.hurry(now::status);
      case 4 -> adopt();
      case 5 -> kernel.all().forEach(netns -> netns.busy = random.nextBoolean());
      case 6 -> kernel.all().forEach(netns -> netns.rules = null);
      default -> {
        if (stray != null) {
          stray.exists = false;
          stray = null;
        }
      }
    }
  }

  /// A Pod of which CNI never tells.
  private void adopt() {
    if (stray == null) {
      stray = kernel.create();
    }
    take(STRAY, stray);
  }

  private void take(PodRef pod, ModelKernel.Netns netns) {
    ModelAgent now = agent;
    if (now.isServing()) {
      baton.start(now.life(), () -> now.reconciler().adopt(adopted(pod, netns)));
    }
  }

  private static Attachment adopted(PodRef pod, ModelKernel.Netns netns) {
    return new Attachment(
        Attachment.unnamed(pod),
        "eth0",
        netns.path,
        netns.inode,
        pod,
        List.of(InetAddress.getLoopbackAddress()),
        Map.of());
  }

  // The end.

  private void comeToRest() throws InterruptedException {
    faults.inject(false);
    cluster.goAway(false);
    baton.run();
    if (!undisturbed) {
      kernel.all().forEach(netns -> netns.busy = false);
      baton.start(world, this::repeatWhatWasLost);
      baton.run();
      agent.promised().addAll(agent.reconciler().owners().map(PodOwner::verify).toList());
      baton.run();
    } else {
      baton.start(world, this::adoptAgain);
      baton.run();
    }
  }

  /// An agent that could not write its store before it ended leaves the next one without: such
  /// sandboxes are torn down.
  private void repeatWhatWasLost() {
    if (succession) {
      for (Map.Entry<String, @Nullable Attachment> one : List.copyOf(told.entrySet())) {
        Attachment attachment = one.getValue();
        if (attachment == null) {
          call(reconciler -> reconciler.detaching(one.getKey() + "-eth0"));
        } else if (agent.reconciler().status().stream()
            .noneMatch(status -> isSame(status.attachment(), attachment))) {
          tearDown(attachment);
        }
      }
    }
    adoptAgain();
  }

  private static boolean isSame(Attachment one, Attachment other) {
    return one.id().equals(other.id()) && one.netnsInode() == other.netnsInode();
  }

  private void adoptAgain() {
    if (stray != null) {
      take(STRAY, stray);
    }
  }

  private void check() {
    List<PodStatus> all = agent.reconciler().status();
    require(kernel.violations().isEmpty(), kernel.violations());
    require(
        agent.promised().stream().allMatch(CompletableFuture::isDone), "a future never completes");
    long expected = told.values().stream().filter(Objects::nonNull).count();
    require(
        all.size() == expected + (stray == null ? 0 : 1), "attachments: " + all + ", told " + told);
    require(store.files().size() == all.size(), "files: " + store.files());
    for (PodStatus status : all) {
      checkPolicy(status);
      checkPod(status);
    }
    for (ModelKernel.Netns netns : kernel.all()) {
      boolean known =
          all.stream().anyMatch(status -> status.attachment().netnsInode() == netns.inode);
      require(known || netns.held.isEmpty(), "held: a namespace of no attachment");
      require(
          known || !netns.exists || netns.rules == null,
          "rules in a namespace of no attachment: " + netns.rules);
    }
  }

  private void checkPolicy(PodStatus status) {
    NamespaceRecord namespace = cluster.namespace();
    String uid = status.attachment().pod().uid();
    for (Map<String, String> outer :
        namespace == null
            ? List.<Map<String, String>>of(Map.of())
            : ModelCluster.mayBeInForce(cluster.said(namespace.uid()))) {
      for (Map<String, String> inner : ModelCluster.mayBeInForce(cluster.said(uid))) {
        if (isSame(PodPolicy.of(Config.DEFAULT, outer, inner, false), status.policy())) {
          return;
        }
      }
    }
    require(
        false,
        "the policy is not the last one: %s, with Namespace %s and Pod %s"
            .formatted(status, namespace, cluster.pod(uid).annotations()));
  }

  private static boolean isSame(PodPolicy one, PodPolicy other) {
    return one.enablement().value() == other.enablement().value()
        && one.ports().value().equals(other.ports().value())
        && one.headers().value().equals(other.headers().value())
        && one.profile().value() == other.profile().value();
  }

  private void checkPod(PodStatus status) {
    ModelKernel.Netns netns = kernel.find(status.attachment());
    Enablement wanted = status.policy().enablement().value();
    PodState state =
        switch (wanted) {
          case DISABLED -> PodState.OFF;
          case ENABLED -> PodState.CAPTURED;
          case SHADOW -> PodState.SHADOW;
        };
    if (netns == null) {
      require(
          status.state() == (wanted == Enablement.DISABLED ? PodState.OFF : PodState.FAILED),
          status);
      return;
    }
    require(status.state() == state, status);
    require(
        Objects.equals(netns.rules, ModelKernel.wanted(status.policy(), status.port())),
        "rules " + netns.rules + ", " + status);
    require(
        netns.held.size() == (wanted == Enablement.DISABLED ? 0 : 1)
            && netns.heldBy(agent) == netns.held.size(),
        "held by " + netns.held + ", " + status);
    require(
        wanted != Enablement.ENABLED
            || agent
                .reconciler()
                .owners()
                .filter(owner -> owner.attachment().equals(status.attachment()))
                .map(owner -> Objects.requireNonNull(owner.held()).traffic().profile())
                .allMatch(status.policy().profile().value()::equals),
        "the traffic's policy is another");
    AttachmentStore.Stored stored = store.files().get(status.attachment().id());
    require(
        stored != null
            && stored.port() == status.port()
            && stored.shadowed() == (wanted == Enablement.SHADOW)
            && stored.attachment().netnsInode() == netns.inode,
        "stored: " + stored + ", " + status);
  }

  private void require(boolean condition, Object otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise + "\nafter " + String.join("\n  ", story));
    }
  }
}
