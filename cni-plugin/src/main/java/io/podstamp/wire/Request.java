package io.podstamp.wire;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What the container runtime gave the plugin, passed on as it came.
///
/// @param environment the `CNI_*` variables, nothing else
/// @param stdin the network configuration; neither parsed nor copied, so leave it alone afterwards
@SuppressWarnings("ArrayRecordComponent") // up to 4 MiB, handed over; equals looks at the content
public record Request(Map<String, String> environment, byte[] stdin) {
  private static final String PREFIX = "CNI_";

  public Request {
    environment = Map.copyOf(environment);
    for (String name : environment.keySet()) {
      if (!name.startsWith(PREFIX)) {
        throw new IllegalArgumentException(name + " (expected: a name that starts with CNI_)");
      }
    }
  }

  /// The request of a process with this environment: other variables stay at home, they may hold
  /// secrets.
  public static Request from(Map<String, String> processEnvironment, byte[] stdin) {
    Map<String, String> ours = new HashMap<>();
    for (Map.Entry<String, String> variable : processEnvironment.entrySet()) {
      if (variable.getKey().startsWith(PREFIX)) {
        ours.put(variable.getKey(), variable.getValue());
      }
    }
    return new Request(ours, stdin);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Request that
        && environment.equals(that.environment)
        && Arrays.equals(stdin, that.stdin);
  }

  @Override
  public int hashCode() {
    return 31 * environment.hashCode() + Arrays.hashCode(stdin);
  }
}
