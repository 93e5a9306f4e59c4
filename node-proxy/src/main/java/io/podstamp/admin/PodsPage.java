package io.podstamp.admin;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// `/pods`: every Pod of the node and where it stands, as JSON. The command line and the status
/// page show it.
public final class PodsPage implements AdminServer.Page {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<List<Row>> pods;

  /// One Pod; the names are a contract with whoever reads the JSON.
  ///
  /// @param leaseEnds null when it has none
  /// @param connections open now
  /// @param troubles what is wrong with it, a few words each; null from an agent of an earlier
  ///   release
  public record Row(
      String namespace,
      String name,
      String uid,
      String containerId,
      String state,
      String reason,
      String verified,
      int repairs,
      String lastRepair,
      @Nullable String leaseEnds,
      String profile,
      List<Integer> ports,
      List<String> problems,
      int listenerPort,
      int connections,
      String proof,
      Counts counts,
      List<Shadowed> shadow,
      @Nullable List<String> troubles) {
    public Row {
      troubles = troubles == null ? List.of() : List.copyOf(troubles);
      ports = List.copyOf(ports);
      problems = List.copyOf(problems);
      shadow = List.copyOf(shadow);
    }
  }

  /// What went through since the Pod was captured.
  ///
  /// @param unstamped connections that left the stamped path, by reason; only those that occurred
  /// @param clientValues requests that came with a header of the stamp's, by its name; null from an
  ///   agent of an earlier release
  /// @param refused likewise
  /// @param proxyHeaders headers of the PROXY protocol sent; null from an agent of an earlier
  ///   release
  /// @param tokens requests that carried a signed token; likewise
  public record Counts(
      long connections,
      long requestsStamped,
      long requestsRefused,
      long connectionsUnstamped,
      Map<String, Long> unstamped,
      long bytesUp,
      long bytesDown,
      @Nullable Map<String, Long> clientValues,
      @Nullable Refused refused,
      @Nullable Long proxyHeaders,
      @Nullable Long tokens) {
    public Counts {
      refused = refused == null ? Refused.NONE : refused;
      unstamped = Map.copyOf(unstamped);
      clientValues = clientValues == null ? Map.of() : Map.copyOf(clientValues);
    }
  }

  /// What podstamp ended.
  ///
  /// @param requests refused ones by reason; only those that occurred
  /// @param tripped connections that were reset before a protected name left unstamped
  /// @param connections that ended so and had not left the stamped path before
  /// @param last when, to where and why the last time; empty if there was none
  public record Refused(Map<String, Long> requests, long tripped, long connections, String last) {
    static final Refused NONE = new Refused(Map.of(), 0, 0, "");

    public Refused {
      requests = Map.copyOf(requests);
    }
  }

  /// What would have been captured since shadow mode began, by port.
  public record Shadowed(int port, long connections, List<Destination> destinations) {}

  /// One address of those, and how often; the busiest come first, and not all are known.
  public record Destination(String address, long connections) {}

  public PodsPage(Supplier<List<Row>> pods) {
    this.pods = pods;
  }

  @Override
  public AdminServer.Answer answer() {
    return AdminServer.Answer.json(JSON.writeValueAsString(pods.get()));
  }
}
