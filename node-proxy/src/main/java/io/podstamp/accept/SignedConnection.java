package io.podstamp.accept;

import io.netty.channel.Channel;
import io.podstamp.config.Profile;
import io.podstamp.config.TokenSettings;
import io.podstamp.stamp.ProxyHeaders;
import io.podstamp.stamp.Stamp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A Pod as one connection to a receiver of signed tokens sees it: its stamp has the receiver's
/// token. Rules that change count for the next request. On the connection's event loop only.
public final class SignedConnection implements CapturedPod {
  private final CapturedPod pod;
  private final InetSocketAddress destination;
  private final Supplier<@Nullable TokenSettings> settings;
  private final Stamps stamps;
  private @Nullable TokenSettings asked;
  private @Nullable String audience;

  /// Stamps with a token.
  public interface Stamps {
    Stamp towards(String audience);
  }

  private SignedConnection(
      CapturedPod pod,
      InetSocketAddress destination,
      Supplier<@Nullable TokenSettings> settings,
      Stamps stamps) {
    this.pod = pod;
    this.destination = destination;
    this.settings = settings;
    this.stamps = stamps;
  }

  /// The Pod itself where no rule is for the destination.
  ///
  /// @param settings those in force now
  public static CapturedPod of(
      CapturedPod pod,
      InetSocketAddress destination,
      Supplier<@Nullable TokenSettings> settings,
      Stamps stamps) {
    TokenSettings now = settings.get();
    return now == null || now.audienceAt(destination) == null
        ? pod
        : new SignedConnection(pod, destination, settings, stamps);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // each reading of the config is an object of its own
  public Stamp stamp() {
    TokenSettings now = settings.get();
    if (now != asked) {
      asked = now;
      audience = now == null ? null : now.audienceAt(destination);
    }
    String to = audience;
    return to == null ? pod.stamp() : stamps.towards(to);
  }

  @Override
  public CapturedPod inTunnel() {
    return pod;
  }

  @Override
  public ProxyHeaders proxyHeaders() {
    return pod.proxyHeaders();
  }

  @Override
  public Profile profile() {
    return pod.profile();
  }

  @Override
  public int mostHeaderBlock() {
    return pod.mostHeaderBlock();
  }

  @Override
  public void accepted(Channel connection, InetAddress source) {
    pod.accepted(connection, source);
  }
}
