package io.podstamp.lab;

import static io.podstamp.lab.SidecarPods.NAME;
import static io.podstamp.lab.SidecarPods.NAMESERVERS;
import static io.podstamp.lab.SidecarPods.NODE_PORT;
import static io.podstamp.lab.SidecarPods.SERVER;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// `podstamp sidecar` beside an nginx that is configured as lijiaocn/nginx-tranproxy of 2019 was:
/// the table of `docs/coming-from-nginx-tranproxy.md`.
final class SidecarTable {
  static final String VERSION = "HTTP version to the server";
  static final String CONNECTION = "`Connection` to the server";
  static final String HOST = "`Host: Shop.lab.test:8080` arrives as";
  static final String VALUE = "`-H X-Trace:a:b` arrives as";
  static final String UPLOAD = "upload of 2 MiB";
  static final String WEBSOCKET = "WebSocket handshake";
  static final String STREAM = "answer whose server pauses after the first line";
  static final String IPV6 = "request over IPv6";
  static final String RESTARTS = "redirect rules for one port after 3 container restarts";
  static final String STATUS = "`-- sh -c 'exit 7'`";
  static final String ARGUMENTS = "`-- printf '[%s]' 'a b'`";
  static final String SIGTERM = "SIGTERM, with `-- sleep 100`";

  private static final List<Integer> PORTS = List.of(80, 8080, NODE_PORT);
  private static final String READY = "redirecting ports";
  private static final Duration PATIENCE = Duration.ofSeconds(6);
  private static final int STARTS = 4;

  private final SidecarPods pods;
  private final String name;
  private final Subject subject;
  private int logs;

  /// Makes the container's command line.
  private interface Subject {
    List<String> command(List<Integer> ports, List<String> command);
  }

  /// A behaviour and what each of the two does.
  record Row(String behaviour, String nginx, String podstamp) {
    private String markdown() {
      return "| " + behaviour + " | " + nginx + " | " + podstamp + " |";
    }
  }

  private SidecarTable(SidecarPods pods, String name, Subject subject) {
    this.pods = pods;
    this.name = name;
    this.subject = subject;
  }

  /// Prints it.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes
  public static void main(String[] arguments) {
    try (SidecarPods pods = new SidecarPods()) {
      System.out.println("| behaviour | nginx, as configured in 2019 | podstamp sidecar |");
      System.out.println("|---|---|---|");
      measure(pods, Path.of(arguments[0])).forEach(row -> System.out.println(row.markdown()));
    }
  }

  /// Tries everything with both.
  static List<Row> measure(SidecarPods pods, Path podstamp) {
    Map<String, String> nginx = new SidecarTable(pods, "nginx", SidecarTable::nginx).tryAll();
    String program = podstamp.toAbsolutePath().normalize().resolve("bin/podstamp").toString();
    Map<String, String> ours =
        new SidecarTable(pods, "podstamp", (ports, command) -> podstamp(program, ports, command))
            .tryAll();
    return nginx.keySet().stream()
        .map(row -> new Row(row, nginx.getOrDefault(row, ""), ours.getOrDefault(row, "")))
        .toList();
  }

  /// The original makes spaces of a header value's colons.
  private static List<String> nginx(List<Integer> ports, List<String> command) {
    List<String> headers = List.of("X-Client-Hostname \"legacy\"", "X-Trace \"a b\"");
    return Tranproxy.command(ports, NAMESERVERS, headers, command);
  }

  private static List<String> podstamp(String program, List<Integer> ports, List<String> command) {
    List<String> line = new ArrayList<>(List.of(program, "sidecar"));
    ports.forEach(port -> line.addAll(List.of("-P", String.valueOf(port))));
    NAMESERVERS.forEach(server -> line.addAll(List.of("-N", server)));
    line.addAll(List.of("--Set-Client-Hostname", "default", "-H", "X-Trace:a:b"));
    if (!command.isEmpty()) {
      line.add("--");
      line.addAll(command);
    }
    return line;
  }

  private Map<String, String> tryAll() {
    Map<String, String> seen = new LinkedHashMap<>();
    Netns pod = pods.addPod();
    try (Container _ = start(pod, PORTS)) {
      String head = curl(pod, "-H", "Host: Shop.lab.test:8080", url(8080, "/"));
      seen.put(VERSION, head.lines().findFirst().orElse("").replaceFirst(".* ", ""));
      seen.put(CONNECTION, field(head, "Connection"));
      seen.put(HOST, field(head, "Host"));
      seen.put(VALUE, field(head, "X-Trace"));
      seen.put(UPLOAD, upload(pod));
      seen.put(WEBSOCKET, websocket(pod));
      seen.put(
          STREAM,
          curl(pod, "-N", "--max-time", "3", url(NODE_PORT, "/stream")).contains("first")
              ? "the first line comes at once"
              : "nothing comes until the end");
      seen.put(
          IPV6,
          curl(pod, "http://[" + SidecarPods.SERVER_V6 + "]:8080/").contains("X-Client-Hostname")
              ? "stamped"
              : "not stamped");
    }
    seen.put(RESTARTS, restarts());
    seen.put(STATUS, ending(start(pods.addPod(), List.of(80), "sh", "-c", "exit 7"), ""));
    seen.put(ARGUMENTS, arguments());
    seen.put(SIGTERM, ending(start(pods.addPod(), List.of(80), "sleep", "100"), "TERM"));
    return seen;
  }

  private Container start(Netns pod, List<Integer> ports, String... command) {
    Path log = Lab.FOLDER.resolve("table-" + name + "-" + ++logs + ".log");
    return Container.start(pod, "legacy", subject.command(ports, List.of(command)), log)
        .awaitOrEnd(READY);
  }

  private static String upload(Netns pod) {
    return pod.run(
            "bash",
            "-c",
            "head -c 2M /dev/zero | curl -s -H Expect: --data-binary @- -o /dev/null -w '%{http_code}' "
                + "--resolve "
                + NAME
                + ":8080:"
                + SERVER
                + " "
                + url(8080, "/"))
        .out();
  }

  private static String websocket(Netns pod) {
    String answer =
        curl(
            pod,
            "-i",
            "--max-time",
            "5",
            "-H",
            "Connection: Upgrade",
            "-H",
            "Upgrade: websocket",
            "-H",
            "Sec-WebSocket-Version: 13",
            "-H",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            url(NODE_PORT, "/"));
    return answer.lines().findFirst().orElse("no answer").replaceFirst("^HTTP/1.1 ", "");
  }

  private String restarts() {
    Netns pod = pods.addPod();
    for (int i = 1; i < STARTS; i++) {
      try (Container container = start(pod, List.of(80))) {
        container.signal("KILL");
        container.status();
      }
    }
    try (Container _ = start(pod, List.of(80))) {
      long rules =
          Stream.of("iptables", "ip6tables")
              .flatMap(tool -> pod.run(tool + "-save", "-t", "nat").out().lines())
              .filter(line -> line.contains("REDIRECT"))
              .count();
      long ours =
          pod.run("nft", "list", "table", "inet", "podstamp_sidecar")
              .out()
              .lines()
              .filter(line -> line.contains("nfproto ipv4") && line.contains("redirect to"))
              .count();
      return String.valueOf(rules + ours);
    }
  }

  private String arguments() {
    try (Container container = start(pods.addPod(), List.of(80), "printf", "[%s]", "a b")) {
      container.status(PATIENCE);
      return container.said().lines().filter(line -> line.contains("[a")).findFirst().orElse("");
    }
  }

  /// How a container ends.
  private static String ending(Container started, String signal) {
    try (Container container = started) {
      if (!signal.isEmpty()) {
        container.signal(signal);
      }
      var status = container.status(PATIENCE);
      return status.isPresent() ? "exit status " + status.getAsInt() : "runs on";
    }
  }

  private static String url(int port, String path) {
    return "http://" + NAME + ":" + port + path;
  }

  /// The answer, or what there is of it.
  private static String curl(Netns pod, String... arguments) {
    List<String> line = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
    for (int port : PORTS) {
      line.addAll(List.of("--resolve", NAME + ":" + port + ":" + SERVER));
    }
    line.addAll(List.of(arguments));
    return Run.of(pod.inside(line)).out();
  }

  private static String field(String head, String field) {
    return head.lines()
        .filter(line -> line.regionMatches(true, 0, field + ":", 0, field.length() + 1))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElse("none");
  }
}
