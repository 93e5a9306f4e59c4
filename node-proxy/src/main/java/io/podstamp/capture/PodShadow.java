package io.podstamp.capture;

import io.podstamp.config.PodPolicy;
import io.podstamp.netns.ShadowRules;
import java.io.IOException;
import java.util.List;

/// A Pod in shadow mode: rules that count what would be captured, and what they have counted.
interface PodShadow extends AutoCloseable {
  /// Brings the kernel in line with the policy, and reads.
  ///
  /// @throws IOException also when the rules are gone
  void follow(PodPolicy policy) throws IOException;

  /// Forgets what was written, so that [#follow] writes it again.
  void distrust();

  /// As last read.
  List<ShadowRules.Count> counts();

  /// Takes the rules out.
  void removeRules() throws IOException;

  /// Lets go of the namespace; rules stay.
  @Override
  void close() throws IOException;
}
