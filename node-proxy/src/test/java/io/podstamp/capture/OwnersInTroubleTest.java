package io.podstamp.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.podstamp.config.Config;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.Lookup;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.policy.Policies;
import io.podstamp.store.AttachmentStore;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// One Pod's trouble, told one by one; [PodModelTest] has all of it in any order. Threads are real,
/// and the clock is off.
@Timeout(90)
class OwnersInTroubleTest {
  private static final Map<String, String> STRICT =
      Map.of("podstamp.io/enabled", "true", "podstamp.io/profile", "strict");

  private static final SortedSet<Integer> PORTS = new TreeSet<>(List.of(80));

  private final Logger log = (Logger) LoggerFactory.getLogger("io.podstamp.capture");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Baton nobodys = new Baton(new SplittableRandom(0));
  private final ModelKernel kernel =
      new ModelKernel(nobodys, new ModelFaults(new SplittableRandom(0), nobodys));
  private final TestAgent.KnownNamespaces directory = new TestAgent.KnownNamespaces();
  private final Disk disk = new Disk();
  private final Trouble trouble = new Trouble(kernel.captures(this, directory, () -> true));
  private final Reconciler reconciler =
      new Reconciler(
          trouble,
          disk,
          new Policies(
              () -> Config.DEFAULT,
              directory,
              pod -> new Lookup.Answer(new Lookup.Found.Absent<>(), new Lookup.Found.Absent<>())),
          Duration.ZERO,
          task -> Thread.ofVirtual().start(task));

  @BeforeEach
  void listen() {
    logged.start();
    log.addAppender(logged);
    log.setAdditive(false);
    directory.annotations.put("shop", TestAgent.ENABLED);
    directory.annotations.put("bank", STRICT);
    directory.annotations.put("quiet", Map.of());
  }

  @AfterEach
  void close() {
    reconciler.close();
    log.detachAppender(logged);
    log.setAdditive(true);
  }

  private Attachment attachment(String namespace, String name) {
    ModelKernel.Netns netns = kernel.create();
    return new Attachment(
        name,
        "eth0",
        netns.path,
        netns.inode,
        new PodRef(namespace, name, "uid-" + name),
        List.of(InetAddress.getLoopbackAddress()),
        Map.of());
  }

  private static AttachmentStore.Stored stored(Attachment attachment, int port) {
    return new AttachmentStore.Stored(attachment, port, false, null);
  }

  private ModelKernel.Netns netns(Attachment attachment) {
    ModelKernel.Netns netns = kernel.find(attachment);
    assertThat(netns).isNotNull();
    return netns;
  }

  private PodStatus status(String name) {
    return reconciler.status().stream()
        .filter(status -> status.attachment().pod().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<String> errors() {
    return List.copyOf(logged.list).stream()
        .filter(event -> event.getLevel() == Level.ERROR)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void unexpectedException_thatPodFails_isLoggedAtError_othersAreServed_startCompletes()
      throws Exception {
    Attachment odd = attachment("shop", "odd");
    Attachment well = attachment("shop", "well");
    disk.put(stored(odd, 15901));
    disk.put(stored(well, 15902));
    trouble.unexpected.put("odd", new IllegalStateException("nobody thought of it"));
    reconciler.start().get(10, TimeUnit.SECONDS);
    assertThat(status("odd").state()).isEqualTo(PodState.FAILED);
    assertThat(status("odd").reason()).contains("nobody thought of it");
    assertThat(status("well").state()).isEqualTo(PodState.CAPTURED);
    assertThat(errors()).singleElement().asString().contains("shop/odd");

    Attachment other = attachment("shop", "other");
    reconciler.attach(other);
    assertThat(status("other").state()).isEqualTo(PodState.CAPTURED);

    trouble.unexpected.clear();
    reconciler.verifyAll();
    await().until(() -> status("odd").state() == PodState.CAPTURED);
  }

  @Test
  void hangingPod_othersComeAndGo_questionsAreAnswered_waitsEnd() throws Exception {
    Attachment hung = attachment("shop", "hung");
    Attachment inherited = attachment("shop", "hung-too");
    disk.put(stored(inherited, 15901));
    trouble.hanging.add("hung");
    trouble.hanging.add("hung-too");
    CompletableFuture<Void> started = reconciler.start();
    CompletableFuture<String> refusal = new CompletableFuture<>();
    Thread add =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    reconciler.attach(hung);
                    refusal.complete("no refusal");
                  } catch (IOException e) {
                    refusal.complete(String.valueOf(e.getMessage()));
                  }
                });
    await().until(() -> reconciler.status().size() == 2 && status("hung").busy().isPositive());

    long beganNanos = System.nanoTime();
    Attachment other = attachment("shop", "other");
    reconciler.attach(other);
    assertThat(status("other").state()).isEqualTo(PodState.CAPTURED);
    assertThat(reconciler.check(other.id())).isNull();
    reconciler.renewLeases(Duration.ofSeconds(15));
    reconciler.reconcile(everyone -> true);
    reconciler.verifyAll();
    reconciler.detach(other.id());
    assertThat(reconciler.status()).hasSize(2);
    assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(Duration.ofSeconds(3));

    assertThat(refusal.get(10, TimeUnit.SECONDS)).contains("takes more than 4 s", "goes on");
    assertThat(status("hung").busy()).isGreaterThan(Duration.ofSeconds(3));
    add.join();
    assertThatThrownBy(() -> reconciler.detach(hung.id())).hasMessageContaining("takes more than");
    reconciler.retire();
    started.get(1, TimeUnit.SECONDS);
    trouble.wellAgain.countDown();
  }

  @Test
  void storeFails_podIsCapturedAndItIsTold_theNextSettleWritesIt() throws IOException {
    Attachment web = attachment("shop", "web");
    disk.fails = true;
    reconciler.attach(web);
    assertThat(status("web").state()).isEqualTo(PodState.CAPTURED);
    assertThat(status("web").notRemembered()).contains("no space left");
    assertThat(disk.files).isEmpty();
    disk.fails = false;
    reconciler.reconcile(everyone -> true);
    await().until(() -> status("web").notRemembered().isEmpty());
    assertThat(disk.files.values())
        .singleElement()
        .extracting(AttachmentStore.Stored::port)
        .isEqualTo(15901);
  }

  /// A lease would end by itself; rules that work without one are only missed by whoever looks.
  @Test
  void strictRulesFlushed_theNextLeaseRenewalHasThemWrittenAgain() throws IOException {
    Attachment vault = attachment("bank", "vault");
    reconciler.attach(vault);
    ModelKernel.Rules written = new ModelKernel.Redirecting(PORTS, 15901, false);
    assertThat(netns(vault).rules).isEqualTo(written);
    netns(vault).rules = null;
    reconciler.renewLeases(Duration.ofSeconds(15));
    await().until(() -> written.equals(netns(vault).rules));
    assertThat(status("vault").repairs().count()).isEqualTo(1);
  }

  @Test
  void del_rulesCannotBeTakenOut_theOwnerStaysAndTriesAgain() throws IOException {
    Attachment web = attachment("shop", "web");
    reconciler.attach(web);
    kernel.refuseRules(true);
    assertThatThrownBy(() -> reconciler.detach(web.id())).hasMessageContaining("busy");
    assertThat(netns(web).held).isEmpty();
    assertThat(netns(web).rules).isNotNull();
    kernel.refuseRules(false);
    reconciler.verifyAll();
    await().until(() -> reconciler.status().isEmpty());
    assertThat(netns(web).rules).isNull();
    assertThat(disk.files).isEmpty();
  }

  @Test
  void del_fileCannotBeRemoved_theOwnerStaysAndTriesAgain() throws IOException {
    Attachment web = attachment("shop", "web");
    reconciler.attach(web);
    disk.fails = true;
    assertThatThrownBy(() -> reconciler.detach(web.id())).hasMessageContaining("no space left");
    assertThat(netns(web).rules).isNull();
    disk.fails = false;
    reconciler.verifyAll();
    await().until(() -> reconciler.status().isEmpty());
    assertThat(disk.files).isEmpty();
  }

  /// Its agent ended after it wrote rules and before it wrote that down.
  @Test
  void start_disabledPodWithRulesThatNobodyWroteDown_theyAreTakenOut() throws Exception {
    Attachment web = attachment("quiet", "web");
    netns(web).rules = new ModelKernel.Redirecting(PORTS, 15901, false);
    disk.put(stored(web, 0));
    reconciler.start().get(10, TimeUnit.SECONDS);
    assertThat(status("web").state()).isEqualTo(PodState.OFF);
    assertThat(netns(web).rules).isNull();
  }

  /// Nothing tells that it is gone, and its owner is whom `explain` asks.
  @Test
  void start_podWhoseNamespaceWasNeverSeen_isKept() throws Exception {
    Attachment seen = attachment("shop", "web");
    disk.put(
        stored(
            new Attachment(
                seen.containerId(),
                seen.ifname(),
                seen.netns(),
                Attachment.UNSEEN,
                seen.pod(),
                seen.ips(),
                seen.annotations()),
            0));
    reconciler.start().get(10, TimeUnit.SECONDS);
    assertThat(status("web").state()).isEqualTo(PodState.FAILED);
    assertThat(disk.files).hasSize(1);
  }

  /// A disk in memory.
  private static final class Disk implements AttachmentStore {
    private final Map<String, Stored> files = new ConcurrentHashMap<>();
    private volatile boolean fails;

    private void requireRoom() throws IOException {
      if (fails) {
        throw new IOException("no space left on device");
      }
    }

    @Override
    public void put(Stored stored) throws IOException {
      requireRoom();
      files.put(stored.attachment().id(), stored);
    }

    @Override
    public void remove(String id) throws IOException {
      requireRoom();
      files.remove(id);
    }

    @Override
    public List<Stored> load() {
      return new ArrayList<>(files.values());
    }
  }

  /// The model's kernel, with trouble for Pods of certain names.
  private static final class Trouble implements Captures {
    private final Captures kernelReached;
    private final Map<String, RuntimeException> unexpected = new ConcurrentHashMap<>();
    private final Set<String> hanging = ConcurrentHashMap.newKeySet();
    private final CountDownLatch wellAgain = new CountDownLatch(1);

    Trouble(Captures kernelReached) {
      this.kernelReached = kernelReached;
    }

    @Override
    public boolean hasNetns(Attachment attachment) {
      return kernelReached.hasNetns(attachment);
    }

    @Override
    public PodCapture open(Attachment attachment, PodPolicy policy, int port) throws IOException {
      RuntimeException exception = unexpected.get(attachment.pod().name());
      if (exception != null) {
        throw exception;
      }
      if (hanging.contains(attachment.pod().name())) {
        try {
          wellAgain.await();
        } catch (InterruptedException e) {
          throw new IOException("interrupted", e);
        }
      }
      return kernelReached.open(attachment, policy, port);
    }

    @Override
    public PodShadow shadow(Attachment attachment) throws IOException {
      return kernelReached.shadow(attachment);
    }

    @Override
    public boolean removeInherited(Attachment attachment, int port) throws IOException {
      return kernelReached.removeInherited(attachment, port);
    }

    @Override
    public void repaired() {}

    @Override
    public void renewed(boolean success) {}
  }
}
