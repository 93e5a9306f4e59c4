package io.podstamp.kubernetes;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Whether the API server answers, asked every 35 s. A watch alone does not tell: its client tries
/// again for a long while before it says that nobody is there.
///
/// On one virtual thread.
public final class ApiPulse implements AutoCloseable {
  /// More than the 30 s for which the JDK's client keeps an idle connection: else each question
  /// would take the next of those that a burst of look-ups has left, and keep all of them for ever.
  private static final long EVERY_SECONDS = 35;

  /// What everybody may ask who has an account (`system:public-info-viewer`).
  private static final String PATH = "version";

  private final KubernetesProbe probe;
  private final Thread thread = Thread.ofVirtual().name("api-pulse").unstarted(this::run);
  private volatile @Nullable Instant silentSince = Instant.now();

  public ApiPulse(KubernetesProbe probe) {
    this.probe = probe;
  }

  /// Begins to ask.
  public ApiPulse start() {
    thread.start();
    return this;
  }

  /// Since when the API server has not answered; null while it does.
  public @Nullable Instant silentSince() {
    return silentSince;
  }

  private void run() {
    try {
      while (true) {
        ask();
        TimeUnit.SECONDS.sleep(EVERY_SECONDS);
      }
    } catch (InterruptedException leaving) {
      Thread.currentThread().interrupt();
    }
  }

  /// Any answer counts, a refusal too.
  private void ask() {
    try {
      probe.get(PATH);
      silentSince = null;
    } catch (IOException e) {
      if (silentSince == null) {
        silentSince = Instant.now();
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
