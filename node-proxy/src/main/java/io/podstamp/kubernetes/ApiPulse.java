package io.podstamp.kubernetes;

import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Whether the API server answers, asked every 35 s. A watch alone does not tell: its client tries
/// again for a long while before it says that nobody is there.
///
/// On one virtual thread.
public final class ApiPulse implements AutoCloseable {
  /// More than the 30 s for which the JDK's client keeps an idle connection: else each question
  /// would take the next of those that a burst of look-ups has left, and keep all of them for ever.
  private static final Duration EVERY = Duration.ofSeconds(35);

  /// What everybody may ask who has an account (`system:public-info-viewer`).
  private static final String PATH = "version";

  private final Question question;
  private final BackgroundTask task;
  private volatile @Nullable Instant silentSince = Instant.now();

  /// What is asked; the answer does not matter.
  interface Question {
    void ask() throws IOException;
  }

  public ApiPulse(KubernetesProbe probe) {
    this(() -> probe.get(PATH), EVERY);
  }

  ApiPulse(Question question, Duration period) {
    this.question = question;
    this.task = BackgroundTask.every("api-pulse", period, this::ask);
  }

  /// Begins to ask.
  public ApiPulse start() {
    task.start().soon();
    return this;
  }

  /// Since when the API server has not answered; null while it does.
  public @Nullable Instant silentSince() {
    return silentSince;
  }

  /// Any answer counts, a refusal too.
  private void ask() {
    try {
      question.ask();
      silentSince = null;
    } catch (IOException | RuntimeException e) {
      if (silentSince == null) {
        silentSince = Instant.now();
      }
      if (e instanceof RuntimeException mistake) {
        throw mistake;
      }
    }
  }

  @Override
  public void close() {
    task.close();
  }
}
