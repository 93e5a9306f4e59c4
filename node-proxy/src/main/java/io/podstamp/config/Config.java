package io.podstamp.config;

import java.util.List;

/// What the operator configured for the whole node; annotations overlay it per Pod ([PodPolicy]).
///
/// @param ports destination ports that are captured, ascending, each once
/// @param headers in the order they are sent
public record Config(
    List<Integer> ports,
    List<HeaderRule> headers,
    Destinations destinations,
    Profile profile,
    Connect connect,
    OnAgentDown onAgentDown,
    ConnectionLog connectionLog,
    Limits limits,
    LogLevel logLevel) {

  /// What the config file `{}` means.
  public static final Config DEFAULT =
      new Config(
          List.of(80),
          List.of(
              new HeaderRule("X-Forwarded-For", ValueTemplate.parse("{pod.ip}"), HeaderMode.APPEND),
              new HeaderRule(
                  "X-Client-Hostname", ValueTemplate.parse("{pod.hostname}"), HeaderMode.SET)),
          Destinations.ALL,
          Profile.TRANSPARENT,
          Connect.TRUE,
          OnAgentDown.OPEN,
          ConnectionLog.OFF,
          Limits.DEFAULT,
          LogLevel.INFO);

  public Config {
    ports = ports.stream().distinct().sorted().toList();
    headers = List.copyOf(headers);
  }
}
