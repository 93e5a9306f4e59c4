package io.podstamp.redirect;

import io.netty.channel.EventLoopGroup;
import io.podstamp.hold.HoldTrial;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.SynQueueRule;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this kernel can hold SYNs.
///
/// @param rules what its rules may hand them to us by, the best first; none: it cannot
/// @param problem why it cannot; empty if it can
public record HoldSupport(List<SynQueueRule> rules, String problem) {
  private static final Logger log = LoggerFactory.getLogger(HoldSupport.class);

  /// Nothing is known: each Pod finds out by writing its rules.
  public static final HoldSupport UNTRIED = new HoldSupport(List.of(SynQueueRule.values()), "");

  public HoldSupport {
    rules = List.copyOf(rules);
  }

  /// What a trial shows. Who may not make one finds out in each Pod.
  public static HoldSupport find(EventLoopGroup loops, Doorway doorway) {
    try {
      HoldTrial.Result shown = HoldTrial.run(loops, doorway);
      SynQueueRule rule = shown.rule();
      return rule == null
          ? new HoldSupport(List.of(), shown.problem())
          : new HoldSupport(List.of(rule), "");
    } catch (IOException e) {
      log.warn("whether SYNs can be held was not tried: {}", e.getMessage());
      return UNTRIED;
    }
  }
}
