package io.podstamp.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// gRPC by grpc-js in a Pod that is left alone and in a captured one, against grpc-java's server,
/// nginx in front of it, and nghttpd. The client has to see the same in both, and each request of
/// the captured Pod has to carry its stamp in place of what was forged. Run by
/// `scripts/e2e-grpc-js.sh`.
public final class GrpcJs implements AutoCloseable {
  private static final int NGINX = 8090;
  private static final int NGHTTPD = 8091;
  private static final int GRPC_JAVA = 8093;
  private static final Map<String, String> CAPTURED_PORTS =
      Map.of("podstamp.io/ports", "%d,%d,%d".formatted(NGINX, NGHTTPD, GRPC_JAVA));

  /// The checks that need nothing but an echo.
  private static final List<String> OF_ANY_ECHO =
      List.of("unary", "large message", "calls at once");

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// The calls that a client gives up: five by their deadline, one by cancelling.
  private static final long GIVEN_UP = 6;

  private final Lab lab;
  private final Path modules;
  private final OutsideServers servers;
  private final LabPod direct;
  private final LabPod captured;
  private final GrpcComparison comparison;

  private GrpcJs(Lab lab, Path modules) {
    this.lab = lab;
    this.modules = modules;
    servers = new OutsideServers(lab.node(), Lab.FOLDER);
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    direct = lab.runPod("quiet", "direct", CAPTURED_PORTS, List.of());
    captured = lab.runPod("shop", "captured", CAPTURED_PORTS, List.of());
    comparison = new GrpcComparison(captured.name(), captured.ip());
  }

  /// Runs it; the exit status is 0 when everything was alike and stamped.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes, and one with @grpc/grpc-js in its
  ///   node_modules
  public static void main(String[] arguments) throws IOException {
    boolean alike;
    try (Lab lab = Lab.withPodstamp(Path.of(arguments[0]));
        GrpcJs grpcJs = new GrpcJs(lab, Path.of(arguments[1]))) {
      alike = grpcJs.run();
    }
    System.exit(alike ? 0 : 1);
  }

  private boolean run() throws IOException {
    Daemon grpcJava = servers.start(GRPC_JAVA, grpcJava());
    Path home = Files.createDirectories(Lab.FOLDER.resolve("grpc-js"));
    Path config = home.resolve("nginx.conf");
    Files.writeString(config, Resource.text(GrpcJs.class, "grpc-js.nginx.conf"));
    servers.start(NGINX, "nginx", "-p", home + "/", "-c", config.toString(), "-e", "stderr");
    Daemon nghttpd =
        servers.start(
            NGHTTPD,
            "stdbuf",
            "-oL",
            "nghttpd",
            "-v",
            "--no-tls",
            "--echo-upload",
            "--trailer=grpc-status: 0",
            "--trailer=x-sum: 42",
            "-d",
            home.toString(),
            "" + NGHTTPD);

    compare("grpc-java", GRPC_JAVA, pod -> visitGrpcJava(pod, GRPC_JAVA, grpcJava));
    compare("grpc-java behind nginx", NGINX, pod -> visitGrpcJava(pod, NGINX, grpcJava));
    compare("nghttpd", NGHTTPD, pod -> visitNghttpd(pod, nghttpd));
    return tell();
  }

  private static String[] grpcJava() {
    List<String> options =
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    return JavaProgram.likeThis(GrpcServerProgram.class, options, "" + GRPC_JAVA)
        .toArray(String[]::new);
  }

  private void compare(String server, int port, Function<LabPod, GrpcVisit> visit) {
    GrpcVisit expected = visit.apply(direct);
    GrpcVisit seen = visit.apply(captured);
    comparison.add(server, expected, seen);
    System.out.printf("%s, port %d: %d requests%n", server, port, seen.arrived().size());
  }

  /// The server has to hear of what was given up, too.
  private GrpcVisit visitGrpcJava(LabPod pod, int port, Daemon server) {
    int before = GrpcRequest.ofGrpcJava(server.logText()).size();
    long givenUpBefore = givenUp(server);
    Run client = runClient(pod, port, List.of());
    Wait.until(PATIENCE, () -> givenUp(server) - givenUpBefore >= GIVEN_UP);
    List<GrpcRequest> all = GrpcRequest.ofGrpcJava(server.logText());
    long heard = givenUp(server) - givenUpBefore;
    return GrpcVisit.of(client, all.subList(before, all.size()))
        .and("what the server heard of calls given up", heard == GIVEN_UP, heard);
  }

  private static long givenUp(Daemon server) {
    return server.logText().lines().filter(GrpcServerProgram.CANCELLED::equals).count();
  }

  private GrpcVisit visitNghttpd(LabPod pod, Daemon server) {
    int before = GrpcRequest.ofNghttpd(server.logText()).size();
    Run client = runClient(pod, NGHTTPD, OF_ANY_ECHO);
    List<GrpcRequest> all = GrpcRequest.ofNghttpd(server.logText());
    return GrpcVisit.of(client, all.subList(before, all.size()));
  }

  /// @param checks none for all
  private Run runClient(LabPod pod, int port, List<String> checks) {
    List<String> command = new ArrayList<>(List.of("node", "-"));
    command.add(Node.OUTSIDE_ADDRESS + ":" + port);
    command.addAll(checks);
    ProcessBuilder builder = new ProcessBuilder(pod.netns().inside(command));
    builder.directory(modules.toFile());
    builder.environment().keySet().retainAll(Set.of("PATH")); // grpc-js heeds http_proxy
    return Run.of(builder, Resource.text(GrpcJs.class, "grpc-js-client.js"));
  }

  private boolean tell() {
    long stamped = (long) lab.agent().metric("podstamp_requests_stamped_total");
    System.out.printf(
        "%.0f connections accepted by podstamp, %d requests stamped as it counts them%n",
        lab.agent().metric("podstamp_connections_total"), stamped);
    boolean isCounted = stamped == comparison.captured();
    if (!isCounted) {
      System.out.printf("%d requests reached the servers%n", comparison.captured());
    }
    boolean isQuiet = !lab.agent().logText().contains(" ERROR ");
    if (!isQuiet) {
      System.out.println(lab.agent().logText());
    }
    comparison.print(System.out);
    return comparison.isAlike() && isCounted && isQuiet;
  }

  @Override
  public void close() {
    servers.close();
  }
}
