package io.podstamp.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What an application's socket writes into the IP header of its packets, as its SYN shows it; our
/// own socket to the server writes the same from its SYN on. Nothing is set, and no system call
/// made, for what is the kernel's default.
///
/// @param service the six bits of DSCP in their place (`IP_TOS`, `IPV6_TCLASS`); ECN's two are the
///   kernel's own business
/// @param hops how many routers a packet may pass (`IP_TTL`, `IPV6_UNICAST_HOPS`)
public record PacketHeader(int service, int hops) {
  /// `IPDEFTTL` (`linux/ip.h`), which IPv6 has too.
  private static final int DEFAULT_HOPS = 64;

  /// Who has chosen nothing.
  public static final PacketHeader DEFAULT = new PacketHeader(0, DEFAULT_HOPS);

  /// `linux/tcp.h`: the listener's kernel keeps the SYN's headers, and gives them away once.
  public static final IntegerUnixChannelOption SAVE_SYN =
      new IntegerUnixChannelOption("TCP_SAVE_SYN", 6, 27);

  /// The longest headers of IPv4 and TCP have 60 bytes each, IPv6's 40.
  private static final RawUnixChannelOption SAVED_SYN =
      new RawUnixChannelOption("TCP_SAVED_SYN", 6, 28, 128);

  /// `linux/in.h`, `linux/in6.h`
  private static final IntegerUnixChannelOption IPV4_SERVICE =
      new IntegerUnixChannelOption("IP_TOS", 0, 1);

  private static final IntegerUnixChannelOption IPV4_HOPS =
      new IntegerUnixChannelOption("IP_TTL", 0, 2);
  private static final IntegerUnixChannelOption IPV6_SERVICE =
      new IntegerUnixChannelOption("IPV6_TCLASS", 41, 67);
  private static final IntegerUnixChannelOption IPV6_HOPS =
      new IntegerUnixChannelOption("IPV6_UNICAST_HOPS", 41, 16);

  private static final int DSCP = 0xfc;
  private static final int IPV6_HEADER = 40;

  private record Setting(IntegerUnixChannelOption option, int value) {}

  public PacketHeader {
    service &= DSCP;
  }

  /// Reads a packet from its network header on.
  public static PacketHeader of(ByteBuffer packet) {
    int start = packet.position();
    if (packet.remaining() < IPV6_HEADER) {
      return DEFAULT; // a TCP packet of IPv4 has no less either
    }
    int first = packet.get(start);
    int second = packet.get(start + 1);
    return switch (first & 0xf0) {
      case 0x40 -> new PacketHeader(second, packet.get(start + 8) & 0xff);
      case 0x60 ->
          new PacketHeader((first & 0xf) << 4 | (second & 0xf0) >> 4, packet.get(start + 7) & 0xff);
      default -> DEFAULT;
    };
  }

  /// Of an accepted connection, whose listener has [#SAVE_SYN].
  static PacketHeader ofSyn(Channel accepted) {
    try {
      ByteBuffer syn = accepted.config().getOption(SAVED_SYN);
      return syn == null || syn.get(0) == 0 ? DEFAULT : of(syn);
    } catch (ChannelException e) {
      return DEFAULT; // closed meanwhile
    }
  }

  /// On a socket that has not dialled yet.
  void set(Socket socket, InetAddress towards) throws IOException {
    for (Setting each : settings(towards)) {
      socket.setIntOpt(each.option.level(), each.option.optname(), each.value);
    }
  }

  /// The same for one that is not made yet.
  void set(Bootstrap dial, InetAddress towards) {
    for (Setting each : settings(towards)) {
      dial.option(each.option, each.value);
    }
  }

  /// On a connection: what it sends from now on.
  static void setService(Channel connection, int service) {
    boolean isIpv6 =
        connection.localAddress() instanceof InetSocketAddress local
            && local.getAddress() instanceof Inet6Address;
    connection.config().setOption(isIpv6 ? IPV6_SERVICE : IPV4_SERVICE, service);
  }

  private List<Setting> settings(InetAddress towards) {
    boolean isIpv6 = towards instanceof Inet6Address;
    List<Setting> settings = new ArrayList<>(0);
    if (service != 0) {
      settings.add(new Setting(isIpv6 ? IPV6_SERVICE : IPV4_SERVICE, service));
    }
    if (hops != DEFAULT_HOPS) {
      settings.add(new Setting(isIpv6 ? IPV6_HOPS : IPV4_HOPS, hops));
    }
    return settings;
  }
}
