package io.podstamp.accept;

import io.netty.channel.Channel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.podstamp.upstream.OriginalDestination;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Asks the kernel where a redirected connection was going.
@FunctionalInterface
public interface OriginalDestinationLookup {
  /// The destination, or null when the connection was not redirected.
  @Nullable OriginalDestination of(Channel accepted);

  /// By conntrack: `SO_ORIGINAL_DST` (`linux/netfilter_ipv4.h`) and `IP6T_SO_ORIGINAL_DST`
  /// (`linux/netfilter_ipv6/ip6_tables.h`), which fill in a `sockaddr_in` or `sockaddr_in6`.
  static OriginalDestinationLookup conntrack() {
    RawUnixChannelOption ipv4 = new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, 16);
    RawUnixChannelOption ipv6 = new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, 28);
    return accepted -> {
      boolean isIpv4 =
          ((InetSocketAddress) accepted.localAddress()).getAddress() instanceof Inet4Address;
      try {
        ByteBuffer sockaddr = accepted.config().getOption(isIpv4 ? ipv4 : ipv6);
        return sockaddr == null ? null : new OriginalDestination(parse(sockaddr, isIpv4));
      } catch (io.netty.channel.ChannelException notRedirected) {
        return null;
      }
    };
  }

  private static InetSocketAddress parse(ByteBuffer sockaddr, boolean isIpv4) {
    byte[] bytes = new byte[sockaddr.remaining()];
    sockaddr.duplicate().get(bytes);
    int port = (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    byte[] address = isIpv4 ? Arrays.copyOfRange(bytes, 4, 8) : Arrays.copyOfRange(bytes, 8, 24);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
