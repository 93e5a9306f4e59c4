package io.podstamp.config;

import java.util.List;
import java.util.Optional;

/// What the operator configured for the whole node; annotations overlay it per Pod ([PodPolicy]).
///
/// @param ports destination ports that are captured, ascending, each once
/// @param headers in the order they are sent
/// @param removeAlso companion names, see [StampRules]
/// @param podMayOverride whether a Pod's own annotations may name headers; those of [HeaderNames]
///   that are identity have the value of the config or the Namespace all the same
/// @param proxyProtocol the first that is for a destination counts
/// @param identity signed tokens; empty: requests carry none
/// @param keepAliveSeconds after how long a silence our connections send keep-alive probes whose
///   application sends none; 0: not before the Pod's kernel does, after two hours
/// @param guardAppended empty: as the Pod's profile has it, on in [Profile#STRICT]
public record Config(
    List<Integer> ports,
    List<HeaderRule> headers,
    List<String> removeAlso,
    boolean podMayOverride,
    Optional<Boolean> guardAppended,
    Destinations destinations,
    List<ProxyRule> proxyProtocol,
    Optional<TokenSettings> identity,
    Profile profile,
    Connect connect,
    int keepAliveSeconds,
    OnAgentDown onAgentDown,
    ConnectionLog connectionLog,
    Limits limits,
    LogLevel logLevel) {

  /// What the config file `{}` means.
  public static final Config DEFAULT =
      new Config(
          List.of(80),
          List.of(
              new HeaderRule("X-Forwarded-For", ValueTemplate.parse("{pod.ip}"), HeaderMode.SET),
              new HeaderRule(
                  "X-Client-Hostname", ValueTemplate.parse("{pod.hostname}"), HeaderMode.SET)),
          List.of(),
          true,
          Optional.empty(),
          Destinations.ALL,
          List.of(),
          Optional.empty(),
          Profile.TRANSPARENT,
          Connect.TRUE,
          0,
          OnAgentDown.OPEN,
          ConnectionLog.OFF,
          Limits.DEFAULT,
          LogLevel.INFO);

  public Config {
    ports = ports.stream().distinct().sorted().toList();
    headers = List.copyOf(headers);
    removeAlso = List.copyOf(removeAlso);
    proxyProtocol = List.copyOf(proxyProtocol);
  }
}
