package io.podstamp.signer;

import io.podstamp.metrics.Exposition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// What a signer's metrics port answers, as text.
public final class SignerPage {
  private SignerPage() {}

  /// One that has done nothing yet.
  public static String text() throws IOException {
    Exposition exposition = new Exposition();
    new SignerSeries(
            () -> 0,
            _ -> 0,
            () -> true,
            () -> true,
            () -> Duration.ZERO,
            () -> 0,
            () -> Duration.ZERO)
        .register(exposition);
    return new String(exposition.page(null).content(), StandardCharsets.UTF_8);
  }
}
