package io.podstamp.lab.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Who stamps a Pod's calls. Each has a Pod of its own and captures in it, by REDIRECT.
enum Contestant {
  NONE("no proxy", "direct"),
  PODSTAMP("podstamp", "stamped"),

  /// Which dials after the application's connection was accepted, as all others do.
  PODSTAMP_EARLY("podstamp, connect early", "early"),
  NGINX_2019("nginx as in 2019", "original"),
  NGINX_TUNED("nginx tuned", "tuned"),
  HAPROXY("HAProxy", "haproxy"),

  /// For one connection per request: upstream as many as downstream, as podstamp does it.
  HAPROXY_NO_REUSE("HAProxy, http-reuse never", "no-reuse"),

  ENVOY("Envoy", "envoy");

  /// Those that podstamp has to beat.
  static final Set<Contestant> PEERS = EnumSet.of(NGINX_TUNED, HAPROXY, ENVOY);

  /// Everybody, for workloads in which neither the number of upstream connections nor their
  /// beginning is the question.
  static final Set<Contestant> ALL =
      EnumSet.complementOf(EnumSet.of(HAPROXY_NO_REUSE, PODSTAMP_EARLY));

  private final String title;
  private final String hostname;

  Contestant(String title, String hostname) {
    this.title = title;
    this.hostname = hostname;
  }

  String title() {
    return title;
  }

  /// Its Pod's name, and what it has to stamp.
  String hostname() {
    return hostname;
  }

  /// Whether the server has to find a stamp.
  boolean stamps() {
    return this != NONE;
  }

  /// Whether it is faster once it has worked for some seconds.
  boolean isCompiledWhileRunning() {
    return this == PODSTAMP || this == PODSTAMP_EARLY;
  }

  /// Everybody is taken for granted but Envoy, which Debian does not have.
  boolean isHere() {
    return this != ENVOY || isOnPath("envoy");
  }

  static List<String> titles(Set<Contestant> contestants) {
    return contestants.stream().map(Contestant::title).toList();
  }

  private static boolean isOnPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
