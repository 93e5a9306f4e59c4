package io.podstamp.stamp;

import io.podstamp.config.StampRules;
import io.podstamp.pod.PodIdentity;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The stamps of one Pod: one without a token, and one with each token that is sent now. Any
/// thread.
public final class PodStamps {
  private final StampRules rules;
  private final PodIdentity pod;
  private final Stamp plain;
  private final Map<String, Signed> signed = new ConcurrentHashMap<>();

  private record Signed(@Nullable String token, Stamp stamp) {}

  public PodStamps(StampRules rules, PodIdentity pod) {
    this.rules = rules;
    this.pod = pod;
    this.plain = Stamp.render(rules, pod);
  }

  /// For requests that carry no token.
  public Stamp plain() {
    return plain;
  }

  /// For requests to an audience. Rendered when the token is another one than before.
  ///
  /// @param token null while there is none
  public Stamp with(String audience, @Nullable String token) {
    Signed ready = signed.get(audience);
    // The same text each time, so that this compares no characters.
    if (ready != null && Objects.equals(ready.token, token)) {
      return ready.stamp;
    }
    Stamp stamp = Stamp.renderSigned(rules, pod, token);
    signed.put(audience, new Signed(token, stamp));
    return stamp;
  }
}
