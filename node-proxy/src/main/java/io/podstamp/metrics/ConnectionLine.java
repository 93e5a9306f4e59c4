package io.podstamp.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.netty.util.NetUtil;
import io.podstamp.pod.PodIdentity;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// One line of the connection log; the names are a contract with whoever reads it
/// (docs/attribution.md). What is not known is left out.
///
/// @param time when it ended, ISO 8601
/// @param destination where the application wanted to go
/// @param upstream our end of the connection to the server, in the Pod's namespace
/// @param snat what the Node made of it: the address and port that the server sees
/// @param protocol null if the application sent nothing
/// @param sni the name that a TLS client asked for
/// @param id in the header of the PROXY protocol too; null if there is none
/// @param proxyHeader what came of that header
/// @param unstamped why it left the stamped path first
/// @param notLogged how many of the Pod's connections were left out since its last line
@JsonInclude(JsonInclude.Include.NON_NULL)
record ConnectionLine(
    String time,
    @Nullable String namespace,
    @Nullable String pod,
    @Nullable String uid,
    @Nullable String workloadKind,
    @Nullable String workloadName,
    String destination,
    @Nullable String upstream,
    @Nullable String snat,
    @Nullable String protocol,
    @Nullable String sni,
    long requestsStamped,
    @Nullable String id,
    @Nullable String proxyHeader,
    @Nullable String unstamped,
    @Nullable String refused,
    long bytesUp,
    long bytesDown,
    double durationSeconds,
    String end,
    @Nullable Long notLogged) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static ConnectionLine of(
      ConnectionTally connection, Instant ended, @Nullable InetSocketAddress snat, long notLogged) {
    PodIdentity pod = connection.pod.identity();
    PodIdentity.Workload workload = pod == null ? null : pod.workload();
    return new ConnectionLine(
        ended.toString(),
        pod == null ? null : pod.ref().namespace(),
        pod == null ? null : pod.ref().name(),
        pod == null ? null : pod.ref().uid(),
        workload == null ? null : workload.kind(),
        workload == null ? null : workload.name(),
        NetUtil.toSocketAddressString(connection.destination),
        text(connection.upstream),
        text(snat),
        connection.protocol == null ? null : connection.protocol.label(),
        connection.serverName,
        connection.requestsStamped,
        connection.id,
        connection.proxyHeader == null ? null : connection.proxyHeader.label(),
        label(connection.unstamped),
        label(connection.refused),
        connection.bytesUp,
        connection.bytesDown,
        TimeUnit.NANOSECONDS.toMillis(connection.endedNanos - connection.beganNanos) / 1e3,
        connection.end,
        notLogged == 0 ? null : notLogged);
  }

  String json() {
    return JSON.writeValueAsString(this);
  }

  private static @Nullable String text(@Nullable InetSocketAddress address) {
    return address == null ? null : NetUtil.toSocketAddressString(address);
  }

  private static @Nullable String label(@Nullable Reason reason) {
    return reason == null ? null : reason.label();
  }
}
