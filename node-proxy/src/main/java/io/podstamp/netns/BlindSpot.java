package io.podstamp.netns;

import java.util.List;
import java.util.stream.Collectors;

/// A way by which traffic leaves a Pod without passing the rules in its own output hook.
///
/// @param where by name: interfaces, or a table and a chain
public record BlindSpot(Kind kind, String where) {
  /// What there is.
  public enum Kind {
    GUEST_BRIDGED(
        true, "a bridge joins its network interface with a guest (%s), whose packets pass no rule"),
    GUEST_BY_TRAFFIC_CONTROL(
        true,
        "traffic control hands its packets to a virtual machine (%s), as Kata Containers does, and no"
            + " rule sees them"),
    GUEST_MACVTAP(
        true, "a virtual machine has an interface of its own (%s), whose packets pass no rule"),
    NO_ADDRESS(
        true,
        "no interface has an address (%s): a sandbox such as gVisor has taken it for a network stack"
            + " of its own, whose packets pass no rule"),
    FORWARDED(false, "it forwards for containers or guests of its own (%s), and their requests %s"),
    TRANSLATED(
        false, "rules of its own translate destinations first (%s): connections that they take %s"),
    UNTRACKED(
        false, "rules of its own take connections out of connection tracking (%s), and these %s");

    private final boolean isWhole;
    private final String sentence;

    Kind(boolean isWhole, String sentence) {
      this.isWhole = isWhole;
      this.sentence = sentence;
    }
  }

  /// Whether all that the Pod sends may go this way, and nothing in the Pod's namespace can refuse
  /// it.
  public boolean isWhole() {
    return kind.isWhole;
  }

  /// In one clause.
  ///
  /// @param refuses whether what can be refused is
  public String told(boolean refuses) {
    return kind.sentence.formatted(where, refuses ? "are refused" : "pass unstamped");
  }

  /// All of them in one line.
  public static String told(List<BlindSpot> spots, boolean refuses) {
    return spots.stream().map(spot -> spot.told(refuses)).collect(Collectors.joining("; "));
  }
}
