package io.podstamp.cli;

import io.podstamp.config.ConfigFile;
import io.podstamp.config.Connect;
import io.podstamp.config.Labels;
import io.podstamp.config.Profile;
import io.podstamp.sidecar.Application;
import io.podstamp.sidecar.OwnPod;
import io.podstamp.sidecar.Sidecar;
import io.podstamp.sidecar.Signals;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `podstamp sidecar`: the proxy in a container of the Pod it serves, beside the application or as
/// its parent. The options are those of lijiaocn/nginx-tranproxy (2019).
@Command(
    name = "sidecar",
    description = "Stamps the requests of the Pod that it runs in.",
    mixinStandardHelpOptions = true,
    footer = "Needs the capability NET_ADMIN.")
final class SidecarCommand implements Callable<Integer> {
  private static final String DEFAULT = "default";

  /// Less than the 30 s that Kubernetes gives a Pod to end.
  private static final Duration DRAIN = Duration.ofSeconds(20);

  /// For an application that took all of that to end.
  private static final Duration LEAST_DRAIN = Duration.ofSeconds(1);

  @Option(
      names = {"-P", "--port"},
      paramLabel = "PORT",
      defaultValue = "80",
      description = "Connections to this port are proxied; may repeat (default: ${DEFAULT-VALUE}).")
  private List<Integer> ports;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "NAME:VALUE",
      description = "A header that requests carry; may repeat.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = {"-N", "--nameserver"},
      paramLabel = "ADDRESS",
      description =
          "Resolve the Host of requests there and dial that; may repeat. Without it connections go"
              + " where the application dialled.")
  private List<String> nameservers = new ArrayList<>();

  @Option(
      names = "--Set-Forwarded-For",
      paramLabel = "IP|default",
      arity = "0..1",
      fallbackValue = DEFAULT,
      description =
          "Set X-Forwarded-For (default: the environment variable PODIP, else the address of the"
              + " primary network interface).")
  private @Nullable String forwardedFor;

  @Option(
      names = "--Set-Client-Hostname",
      paramLabel = "NAME|default",
      arity = "0..1",
      fallbackValue = DEFAULT,
      description = "Set X-Client-Hostname (default: what hostname prints).")
  private @Nullable String clientHostname;

  @Option(
      names = "--mode",
      paramLabel = "NAME=MODE",
      description =
          "What becomes of a header that the application sent itself: set, append, if-absent or"
              + " remove; may repeat (default: set).")
  private List<String> modes = new ArrayList<>();

  @Option(
      names = "--profile",
      paramLabel = "PROFILE",
      defaultValue = "transparent",
      description =
          "transparent: what cannot be stamped passes; strict: it is refused (default:"
              + " ${DEFAULT-VALUE}).")
  private String profile;

  @Option(
      names = "--connect",
      paramLabel = "WHEN",
      defaultValue = "true",
      description =
          "true: connect() succeeds when the destination has answered, where the kernel can; early:"
              + " at once (default: ${DEFAULT-VALUE}).")
  private String connect;

  @Option(
      names = "--identity",
      paramLabel = "FILE",
      description =
          "A file with the mapping identity of the agent's config: to its destinations requests"
              + " carry a token, signed here. Needs POD_NAMESPACE, POD_NAME, POD_UID,"
              + " POD_SERVICE_ACCOUNT and NODE_NAME in the environment.")
  private @Nullable Path identity;

  @Parameters(
      paramLabel = "-- COMMAND",
      description = "The application, with its arguments, to run as a child.")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  SidecarCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Sidecar sidecar = Sidecar.start(settings());
    if (command.isEmpty()) {
      awaitEnd();
      sidecar.stop(DRAIN);
      return 0;
    }
    Duration drain = DRAIN;
    try {
      Application application = Application.start(command);
      int status = application.await();
      drain = application.leftOf(DRAIN, LEAST_DRAIN);
      return status;
    } finally {
      // What it sent last may be on its way still, and children of its own may live on.
      sidecar.stop(drain);
    }
  }

  private static void awaitEnd() throws IOException {
    while (!Signals.await().isEnd()) {
      // Nothing to do for the others.
    }
  }

  private Sidecar.Settings settings() throws IOException {
    HeaderArguments rules = new HeaderArguments();
    try {
      if (forwardedFor != null) {
        rules.add(
            "X-Forwarded-For", forwardedFor.equals(DEFAULT) ? OwnPod.address() : forwardedFor);
      }
      if (clientHostname != null) {
        rules.add(
            "X-Client-Hostname",
            clientHostname.equals(DEFAULT) ? OwnPod.hostname() : clientHostname);
      }
      headers.forEach(rules::addHeader);
      modes.forEach(rules::setMode);
      Sidecar.Identity signed = identity();
      if (signed != null) {
        rules.checkFree(signed.settings().header());
      }
      return new Sidecar.Settings(
          new TreeSet<>(ports.stream().map(SidecarCommand::port).toList()),
          rules.rules(),
          nameservers.stream().map(SidecarCommand::nameserver).toList(),
          choice("--profile", profile, Profile.class, "transparent or strict"),
          choice("--connect", connect, Connect.class, "true or early"),
          signed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Sidecar.@Nullable Identity identity() throws IOException {
    return identity == null
        ? null
        : new Sidecar.Identity(
            ConfigFile.loadIdentity(identity),
            OwnPod.fromEnvironment(System.getenv(), OwnPod.address()));
  }

  private static int port(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("--port: " + port + " (expected: a port, 1 to 65535)");
    }
    return port;
  }

  private static InetAddress nameserver(String address) {
    try {
      return InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--nameserver: '" + address + "' (expected: an IP address)", e);
    }
  }

  private static <E extends Enum<E>> E choice(
      String option, String word, Class<E> type, String expected) {
    for (E candidate : type.getEnumConstants()) {
      if (Labels.of(candidate).equals(word)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException(option + ": '" + word + "' (expected: " + expected + ")");
  }
}
