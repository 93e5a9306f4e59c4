package io.podstamp.netlink;

/// One message to the kernel. [NetlinkSocket] numbers it and puts the header in front.
///
/// @param type `nlmsg_type`
/// @param flags `NLM_F_…` beyond `NLM_F_REQUEST`
/// @param subject what it is about, to begin an error's sentence with, such as `nftables: set
///   podstamp/lease`
/// @param body the family's own header and the attributes
public record Request(int type, int flags, String subject, Attributes.Writer body) {
  /// `NLM_F_CREATE`, `NLM_F_APPEND` (`linux/netlink.h`)
  public static final int CREATE = 0x400;

  public static final int APPEND = 0x800;
}
