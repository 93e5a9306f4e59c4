package io.podstamp.capture;

import io.podstamp.config.Config;
import io.podstamp.identity.Directory;
import io.podstamp.pod.Attachment;
import io.podstamp.policy.Policies;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// One agent of the model: a real reconciler with real policies, put together as the node's
/// composition root does it, on a kernel, a disk and a cluster of the model.
final class ModelAgent {
  private final Baton baton;
  private final Baton.Life life = new Baton.Life();
  private final ModelKernel kernel;
  private final ModelCluster.View directory;
  private final Policies policies;
  private final Reconciler reconciler;
  private final List<CompletableFuture<?>> promised = new ArrayList<>();
  private boolean serving;
  private boolean retired;
  private int calls;

  ModelAgent(Baton baton, ModelKernel kernel, ModelStore store, ModelCluster cluster) {
    this.baton = baton;
    this.kernel = kernel;
    this.directory = cluster.view(life);
    this.policies = new Policies(() -> Config.DEFAULT, directory, directory::ask);
    this.reconciler =
        new Reconciler(
            kernel.captures(this, directory, () -> !retired),
            store.of(() -> !retired),
            policies,
            Duration.ZERO,
            task -> {
              baton.step();
              baton.start(life, task);
            });
  }

  Reconciler reconciler() {
    return reconciler;
  }

  Baton.Life life() {
    return life;
  }

  List<CompletableFuture<?>> promised() {
    return promised;
  }

  boolean isServing() {
    return serving && !life.hasEnded();
  }

  /// As `NodeAgent` does it: what an earlier agent left, then CNI, then events.
  void start() throws IOException {
    promised.add(reconciler.start());
    serving = true;
    baton.step();
    directory.onChange(
        change -> {
          if (change instanceof Directory.Change.OfNamespace namespace) {
            baton.undivided(() -> policies.onNamespace(namespace.name()));
            baton.step();
          }
          reconciler.reconcile(attachment -> concerns(change, attachment));
        });
    baton.step();
    reconciler.reconcile(everyone -> true);
    baton.step();
    directory.onceSynced(() -> baton.undivided(policies::onSynced));
  }

  private static boolean concerns(Directory.Change change, Attachment attachment) {
    return switch (change) {
      case Directory.Change.OfPod pod -> pod.pod().uid().equals(attachment.pod().uid());
      case Directory.Change.OfNamespace namespace ->
          namespace.name().equals(attachment.pod().namespace());
    };
  }

  /// A call of CNI.
  interface Call {
    CompletableFuture<?> make(Reconciler reconciler) throws IOException;
  }

  /// Makes a call on a thread of this process, and waits for its end.
  ///
  /// @return whether it was answered; false when the process was killed
  boolean call(Call call) {
    List<CompletableFuture<?>> made = new ArrayList<>();
    List<Exception> refused = new ArrayList<>();
    calls++;
    baton.start(
        life,
        () -> {
          try {
            CompletableFuture<?> future = call.make(reconciler);
            promised.add(future);
            made.add(future);
          } catch (IOException | IllegalStateException e) {
            refused.add(e);
          }
        });
    baton.await(
        () ->
            life.hasEnded() || !refused.isEmpty() || (!made.isEmpty() && made.getFirst().isDone()));
    calls--;
    return !life.hasEnded();
  }

  /// `kill -9`.
  void kill() {
    life.end();
    serving = false;
    kernel.endOf(this);
    reconciler.close();
  }

  /// What an upgrade asks of it first: it answers CNI no more, and writes no more.
  void retire() {
    serving = false;
    baton.await(() -> calls == 0);
    CompletableFuture<Void> done = reconciler.retiring();
    promised.add(done);
    baton.await(done::isDone);
    retired = true;
  }

  /// What an upgrade asks of it last; the next agent serves.
  void leave() {
    for (Leaving leaving : List.<Leaving>of(PodOwner::stopListening, PodOwner::letGoIfFinished)) {
      List<CompletableFuture<Void>> rounds = reconciler.owners().map(leaving::ask).toList();
      promised.addAll(rounds);
      baton.await(() -> rounds.stream().allMatch(CompletableFuture::isDone));
    }
    kill();
  }

  private interface Leaving {
    CompletableFuture<Void> ask(PodOwner owner);
  }
}
