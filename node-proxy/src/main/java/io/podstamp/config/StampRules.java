package io.podstamp.config;

import java.util.List;

/// What one Pod's stamp is made from.
///
/// @param headers in the order they are sent
/// @param removeAlso companion names: taken out of what is certain, never looked for elsewhere; one
///   that `headers` has too is a header
/// @param guardAppended whether the names of mode [HeaderMode#APPEND] are guarded where nobody is
///   certain, as those of mode [HeaderMode#SET] are
public record StampRules(List<HeaderRule> headers, List<String> removeAlso, boolean guardAppended) {
  public StampRules {
    headers = List.copyOf(headers);
    removeAlso = List.copyOf(removeAlso);
  }

  /// Without companion names.
  public static StampRules of(List<HeaderRule> headers, Profile profile) {
    return new StampRules(headers, List.of(), guardsAppended(profile));
  }

  /// What a profile does when the config does not say.
  static boolean guardsAppended(Profile profile) {
    return profile == Profile.STRICT;
  }
}
