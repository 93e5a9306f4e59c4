package io.podstamp.sidecar;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.podstamp.accept.HostRouting;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The name servers of the command line, asked in their order, with the search domains and `ndots`
/// of `/etc/resolv.conf`. `/etc/hosts` comes first, as it does for the application.
final class Nameservers implements HostRouting.Names {
  private static final int PORT = 53;

  /// Each server gets as long as glibc's resolver gives it.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final EventLoop loop;
  private final DnsNameResolver resolver;
  private final List<String> servers;

  Nameservers(EventLoop loop, List<InetAddress> servers) {
    this.loop = loop;
    this.servers = servers.stream().map(InetAddress::getHostAddress).toList();
    this.resolver =
        new DnsNameResolverBuilder(loop)
            .datagramChannelType(EpollDatagramChannel.class)
            .socketChannelType(EpollSocketChannel.class)
            .queryTimeoutMillis(PATIENCE.toMillis())
            .nameServerProvider(
                new SequentialDnsServerAddressStreamProvider(
                    servers.stream()
                        .map(server -> new InetSocketAddress(server, PORT))
                        .toArray(InetSocketAddress[]::new)))
            .build();
  }

  @Override
  public Future<List<InetAddress>> resolve(String name) {
    Promise<List<InetAddress>> addresses = loop.newPromise();
    resolver
        .resolveAll(name)
        .addListener(
            (Future<List<InetAddress>> resolved) -> {
              if (resolved.isSuccess()) {
                addresses.setSuccess(resolved.getNow());
              } else {
                addresses.setFailure(new UnknownHostException(reason(resolved.cause())));
              }
            });
    return addresses;
  }

  private String reason(Throwable failure) {
    return errorCode(failure) == null
        ? "no answer from " + servers + " (maybe they cannot be reached from the Pod)"
        : servers + " answered " + errorCode(failure);
  }

  /// What a server answered, such as `NXDomain(3)`; null when none did.
  private static @Nullable String errorCode(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DnsErrorCauseException answered) {
        return answered.getCode().toString();
      }
    }
    return null;
  }
}
