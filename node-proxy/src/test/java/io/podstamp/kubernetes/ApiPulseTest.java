package io.podstamp.kubernetes;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ApiPulseTest {
  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void silentSince_isToldWhileNobodyAnswers_whateverIsThrown() {
    try (ApiPulse pulse = new ApiPulse(this::ask, Duration.ofMillis(1)).start()) {
      await().until(() -> pulse.silentSince() == null); // the third question is answered
      await().until(() -> pulse.silentSince() != null); // the fourth is not
      await().until(() -> pulse.silentSince() == null && asked.get() > 4);
    }
  }

  private void ask() throws IOException {
    switch (asked.incrementAndGet()) {
      case 1 -> throw new IllegalStateException("a mistake");
      case 2 -> throw new IOException("nobody there");
      case 4 -> {
        awaitNoticed();
        throw new IllegalArgumentException("another mistake");
      }
      case 5 -> awaitNoticed();
      default -> {
        // answered
      }
    }
  }

  /// Long enough for the test to see the state before.
  private static void awaitNoticed() {
    await().pollDelay(Duration.ofMillis(300)).until(() -> true);
  }
}
