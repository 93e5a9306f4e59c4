package io.podstamp.cli;

import io.netty.util.NetUtil;
import io.podstamp.doctor.GatewayCheck;
import java.net.InetAddress;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `podstamp gateway-check URL`: whose address a gateway believes of a request from this Node. It
/// sends the request itself, not by the agent: else anyone on the Node's loopback could send as any
/// Pod.
@Command(
    name = "gateway-check",
    description =
        "Says which address a gateway takes for the client's, of a request from this node; exit status 1 if not the Pod's.",
    mixinStandardHelpOptions = true)
final class GatewayCheckCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "URL",
      description =
          "An endpoint behind the gateway that answers with the address it takes for the client's.")
  private URI url;

  @Option(
      names = "--pod-ip",
      paramLabel = "IP",
      required = true,
      description = "An address of the Pods' block, such as any Pod's.")
  private String podIp;

  @Mixin private Output output;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  GatewayCheckCommand() {}

  @Override
  public Integer call() {
    String scheme = url.getScheme();
    if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw wrong("'" + url + "' (expected: a URL such as http://gateway.example/ip)");
    }
    @Nullable InetAddress pod = NetUtil.createInetAddressFromIpAddressString(podIp);
    if (pod == null) {
      throw wrong("--pod-ip: '" + podIp + "' (expected: an address, such as 10.244.1.6)");
    }
    return new FindingsReport(spec.commandLine().getOut(), output.format())
        .print(new GatewayCheck(url, pod).look());
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
