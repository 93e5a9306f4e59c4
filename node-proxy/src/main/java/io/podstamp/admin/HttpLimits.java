package io.podstamp.admin;

import java.util.Map;

/// What a client of the JDK's server may take. The JDK's server has no limits of its own; it reads
/// these system properties once in a process, when its first class is loaded (module
/// `jdk.httpserver`): so it is the commands that set them, as their first step. What the command
/// line of the JVM says wins.
public final class HttpLimits {
  /// Whom an admin port serves: a few probes, scrapes and people.
  public static final int ADMIN_CONNECTIONS = 128;

  /// Whom a signer serves: the agents of a large cluster, all at once. After a restart each asks
  /// within seconds.
  public static final int SIGNER_CONNECTIONS = 1_024;

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("sun.net.httpserver.maxIdleConnections", "64"),
          // Seconds for a whole request, and for its answer. On a Node that is short of CPU each
          // waits for its turn.
          Map.entry("sun.net.httpserver.maxReqTime", "10"),
          Map.entry("sun.net.httpserver.maxRspTime", "10"),
          // Milliseconds: how often the two are looked at, and connections that never said
          // anything.
          Map.entry("sun.net.httpserver.timerMillis", "250"),
          Map.entry("sun.net.httpserver.clockTick", "1000"),
          Map.entry("sun.net.httpserver.maxReqHeaders", "100"),
          Map.entry("sun.net.httpserver.maxReqHeaderSize", "16384"),
          // Of a body that nobody reads.
          Map.entry("sun.net.httpserver.drainAmount", "4096"));

  private HttpLimits() {}

  /// To be called before a server is made; who calls it first in a process decides.
  ///
  /// @param connections beyond these a connection is closed at once. One with a half-sent request
  ///   costs some 28 KiB, and twice as many may be held for a moment, those that were dropped and
  ///   those in their place: less than a twentieth of an agent's heap with 128
  public static void set(int connections) {
    set("jdk.httpserver.maxConnections", String.valueOf(connections));
    PROPERTIES.forEach(HttpLimits::set);
  }

  private static void set(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }
}
