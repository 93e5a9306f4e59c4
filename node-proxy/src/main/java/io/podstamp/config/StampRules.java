package io.podstamp.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one Pod's stamp is made from.
///
/// @param headers in the order they are sent
/// @param removeAlso companion names: taken out of what is certain, never looked for elsewhere; one
///   that `headers` has too is a header
/// @param guardAppended whether the names of mode [HeaderMode#APPEND] are guarded where nobody is
///   certain, as those of mode [HeaderMode#SET] are
/// @param tokenHeader the name under which a signed token is sent, or nothing is; whatever
///   `headers` says of it; null for none
public record StampRules(
    List<HeaderRule> headers,
    List<String> removeAlso,
    boolean guardAppended,
    @Nullable String tokenHeader) {
  public StampRules {
    headers = headers.stream().filter(rule -> !isSame(rule.name(), tokenHeader)).toList();
    removeAlso = List.copyOf(removeAlso);
  }

  /// Without a signed token.
  public StampRules(List<HeaderRule> headers, List<String> removeAlso, boolean guardAppended) {
    this(headers, removeAlso, guardAppended, null);
  }

  private static boolean isSame(String name, @Nullable String other) {
    return other != null && HeaderNames.folded(name).equals(HeaderNames.folded(other));
  }

  /// Without companion names.
  public static StampRules of(List<HeaderRule> headers, Profile profile) {
    return new StampRules(headers, List.of(), guardsAppended(profile));
  }

  /// The same with a header for a signed token.
  public StampRules withToken(@Nullable String header) {
    return new StampRules(headers, removeAlso, guardAppended, header);
  }

  /// What a profile does when the config does not say.
  static boolean guardsAppended(Profile profile) {
    return profile == Profile.STRICT;
  }
}
