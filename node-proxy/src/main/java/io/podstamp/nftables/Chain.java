package io.podstamp.nftables;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A chain of rules.
///
/// @param hook where packets come in; null: only by a jump
public record Chain(String name, @Nullable Hook hook, List<Rule> rules) {
  /// `enum nf_inet_hooks`
  private static final int FORWARD = 2;

  private static final int LOCAL_OUT = 3;

  private static final int POST_ROUTING = 4;

  /// `NF_ACCEPT`
  static final int ACCEPT = 1;

  /// The place in the kernel at which a chain begins.
  ///
  /// @param type such as `nat`
  /// @param number `NF_INET_…`
  /// @param policy what happens to packets at the end of the chain
  public record Hook(String type, int number, int priority, int policy) {}

  public Chain {
    rules = List.copyOf(rules);
  }

  /// For packets that leave; what comes to its end is accepted.
  ///
  /// @param type `nat` or `filter`
  public static Chain output(String name, String type, int priority, List<Rule> rules) {
    return new Chain(name, new Hook(type, LOCAL_OUT, priority, ACCEPT), rules);
  }

  /// For packets that others send through this namespace; what comes to its end is accepted.
  public static Chain forward(String name, int priority, List<Rule> rules) {
    return new Chain(name, new Hook("filter", FORWARD, priority, ACCEPT), rules);
  }

  /// For packets that have their way; what comes to its end is accepted.
  public static Chain postrouting(String name, String type, int priority, List<Rule> rules) {
    return new Chain(name, new Hook(type, POST_ROUTING, priority, ACCEPT), rules);
  }

  /// One to jump to.
  public static Chain of(String name, List<Rule> rules) {
    return new Chain(name, null, rules);
  }
}
