package io.podstamp.lab;

import java.io.PrintStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The same gRPC calls made direct and captured: whether the client saw a difference, and whether
/// the servers saw the forged headers of the one and the stamp on each request of the other.
final class GrpcComparison {
  /// What the client claims in each call.
  static final String FORGED_NAMES = "forged,forged-too";

  static final String FORGED_ADDRESSES = "203.0.113.7,203.0.113.8";

  private static final int EXAMPLES = 3;

  private final String hostname;
  private final String ip;
  private final StringBuilder details = new StringBuilder();
  private int compared;
  private int differ;
  private int failed;
  private int captured;
  private int wronglyStamped;
  private int notForged;

  /// @param hostname of the captured Pod, and [#ip] its address: what its requests have to carry
  GrpcComparison(String hostname, String ip) {
    this.hostname = hostname;
    this.ip = ip;
  }

  /// One server, visited from both Pods.
  void add(String server, GrpcVisit direct, GrpcVisit seen) {
    Set<String> checks = new LinkedHashSet<>(direct.told().sequencedKeySet());
    checks.addAll(seen.told().sequencedKeySet());
    for (String check : checks) {
      compare(
          check + " by " + server,
          direct.told().getOrDefault(check, "not run"),
          seen.told().getOrDefault(check, "not run"));
    }
    String calls = direct.arrived().isEmpty() ? "failed: none" : "ok " + direct.calls();
    compare("calls that reached " + server, calls, "ok " + seen.calls());

    captured += seen.arrived().size();
    wronglyStamped +=
        count(
            "not stamped once and truly by " + server,
            seen.arrived(),
            request -> request.hostname().equals(hostname) && request.forwardedFor().equals(ip));
    notForged +=
        count(
            "direct, but without what was forged, by " + server,
            direct.arrived(),
            request ->
                request.hostname().equals(FORGED_NAMES)
                    && request.forwardedFor().equals(FORGED_ADDRESSES));
  }

  private void compare(String check, String direct, String seen) {
    compared++;
    if (!direct.equals(seen)) {
      differ++;
      details.append("%s: direct %s, captured %s%n".formatted(check, direct, seen));
    } else if (!direct.startsWith("ok")) {
      failed++;
      details.append("%s: in both %s%n".formatted(check, direct));
    }
  }

  private int count(String what, List<GrpcRequest> requests, Predicate<GrpcRequest> right) {
    List<GrpcRequest> wrong = requests.stream().filter(right.negate()).toList();
    wrong.stream()
        .limit(EXAMPLES)
        .forEach(request -> details.append("%s: %s%n".formatted(what, request)));
    return wrong.size();
  }

  /// How many requests of the captured Pod reached a server.
  int captured() {
    return captured;
  }

  /// Whether there was something to compare, all of it went well and alike, and every request of
  /// the captured Pod was stamped, though every one of them came with forged headers.
  boolean isAlike() {
    return compared > 0
        && differ == 0
        && failed == 0
        && captured > 0
        && wronglyStamped == 0
        && notForged == 0;
  }

  /// A line for each check and request that is not as it should be, then one for everything.
  void print(PrintStream out) {
    out.print(details);
    if (notForged > 0) {
      out.printf("%d direct requests came without what was forged%n", notForged);
    }
    out.printf(
        "%d compared, %d differ, %d failed in both; %d requests of the captured Pod, %d not stamped"
            + " once and truly%n",
        compared, differ, failed, captured, wronglyStamped);
  }
}
