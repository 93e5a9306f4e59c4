package io.podstamp.netns;

import io.podstamp.nftables.Expression;

/// How a kernel's rules hand a packet to a program.
public enum SynQueueRule {
  /// nf_tables' own expression (`CONFIG_NFT_QUEUE`).
  NATIVE {
    @Override
    Expression to(int queue, int flags) {
      return new Expression.Queue(queue, flags);
    }
  },
  /// The target of xtables (`CONFIG_NETFILTER_XT_TARGET_NFQUEUE`, `CONFIG_NFT_COMPAT`).
  XT {
    @Override
    Expression to(int queue, int flags) {
      return Expression.XtTarget.queue(queue, flags);
    }
  };

  abstract Expression to(int queue, int flags);
}
