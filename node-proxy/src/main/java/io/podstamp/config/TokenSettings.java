package io.podstamp.config;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Signed tokens about Pods, as configured for the whole Node. No annotation changes them.
///
/// @param header the name under which they are sent; an application's own line of it always goes
/// @param rules the first that is for a destination counts
/// @param source who signs
public record TokenSettings(
    String issuer, String header, List<TokenRule> rules, TokenSource source) {
  /// Their default name.
  public static final String HEADER = "X-Client-Identity";

  public TokenSettings {
    rules = List.copyOf(rules);
  }

  /// For whom a request to there carries a token; null if it carries none.
  public @Nullable String audienceAt(InetSocketAddress destination) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).isFor(destination)) {
        return rules.get(i).audience();
      }
    }
    return null;
  }

  /// Each once.
  public List<String> audiences() {
    return rules.stream().map(TokenRule::audience).distinct().toList();
  }
}
