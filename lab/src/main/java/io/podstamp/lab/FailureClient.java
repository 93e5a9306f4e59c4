package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A client that is sent somewhere to see it fail. Each takes the addresses of the name in the
/// order given, gives a connection three seconds and the whole request six; Node's `http` knows
/// only one limit, of three.
enum FailureClient {
  CURL("curl") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      String resolved =
          addresses.stream()
              .map(address -> address.contains(":") ? "[" + address + "]" : address)
              .collect(Collectors.joining(","));
      Run run =
          pod.run(
              "curl",
              "-sSv",
              "-o",
              "/dev/null",
              "--noproxy",
              "*",
              "--connect-timeout",
              "3",
              "--max-time",
              "6",
              "--resolve",
              HOST + ":80:" + resolved,
              "-w",
              "%{http_code} %{time_total}",
              url);
      String[] told = run.out().strip().split(" ", 2);
      long millis = Math.round(Double.parseDouble(told[1]) * 1000);
      return run.isOk()
          ? new Outcome("HTTP " + told[0], millis)
          : new Outcome("exit %d: %s".formatted(run.status(), reason(run)), millis);
    }
  },

  /// With IPv6 addresses first, as the others have them; the JDK's own order is IPv4 first.
  JDK("JDK HttpClient") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      Path hosts = hosts(addresses);
      List<String> options =
          List.of("-Djdk.net.hosts.file=" + hosts, "-Djava.net.preferIPv6Addresses=true");
      List<String> command = JavaProgram.command(JdkGet.class, options, List.of(), url, WARM_UP);
      return Outcome.parse(Run.of(pod.netns().inside(command)));
    }
  },

  NODE("Node http") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      List<String> command = new ArrayList<>(List.of("node", "-", url));
      command.addAll(addresses);
      return Outcome.parse(
          Run.of(
              new ProcessBuilder(pod.netns().inside(command)),
              Resource.text(FailureClient.class, "node-get.js")));
    }
  },

  /// Its own default is twenty tries, up to ten seconds apart.
  WGET("wget, 2 tries") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      return wget(pod, url, addresses, 2);
    }
  },

  /// Only connects.
  NC("nc -z") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      long beganNanos = System.nanoTime();
      Run run = Run.of(named(pod, addresses, List.of("nc", "-vz", "-w", "3", HOST, "80")));
      long millis = millisSince(beganNanos);
      return run.isOk()
          ? new Outcome("open", millis)
          : new Outcome("exit %d: %s".formatted(run.status(), last(NC_ERROR, run)), millis);
    }
  },

  PYTHON("Python urllib") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      List<String> command = named(pod, addresses, List.of("/usr/bin/python3", "-", url));
      return Outcome.parse(
          Run.of(new ProcessBuilder(command), Resource.text(FailureClient.class, "python-get.py")));
    }
  },

  /// With the C library's resolver, which keeps the order; Go's own puts reachable addresses first.
  GO("Go net/http") {
    @Override
    Outcome get(LabPod pod, String url, List<String> addresses) {
      return Outcome.parse(
          Run.of(
              named(
                  pod,
                  addresses,
                  List.of("env", "GODEBUG=netdns=cgo", GO_PROGRAM.toString(), url))));
    }

    @Override
    boolean isThere() {
      return Files.isExecutable(GO_PROGRAM);
    }
  };

  /// The name that every destination has.
  static final String HOST = "shop.test";

  /// What `scripts/failure-table.sh` makes of `go-get.go` where there is a compiler.
  private static final Path GO_PROGRAM = Path.of("target/failure-clients/go-get").toAbsolutePath();

  /// Gives the name its addresses in the order told, which the C library would sort by RFC 6724:
  /// mounts over `/etc/hosts` and `/etc/gai.conf` that only the program sees.
  private static final String WITH_HOSTS =
      """
      mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/gai.conf && shift 2 && exec "$@"
      """;

  private static final String IPV6_FIRST =
      """
      label ::/0 1
      precedence ::/0 40
      precedence ::ffff:0:0/96 10
      """;

  private static final Pattern WGET_ERROR =
      Pattern.compile("(?m)(?:failed: (.+)\\.|(Read error .+) in headers\\.)$");

  private static final Pattern NC_ERROR =
      Pattern.compile("(?m)^nc: .*?(?:failed|timed out): (.+)$");

  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final String WARM_UP = "http://" + Node.OUTSIDE_ADDRESS + "/warm-up";

  private static final int CURL_COULD_NOT_CONNECT = 7;

  /// Its error message does not tell the errno; this line of `-v` does.
  private static final Pattern CONNECT_ERRNO =
      Pattern.compile("(?m)^\\* .*(?: failed| fail for [^ ]+): (.+)$");

  private static final Pattern CURL_ERROR =
      Pattern.compile(
          "(?m)^curl: \\(\\d+\\) (?:Failed to connect .*: )?(.+?)(?: after \\d+ milliseconds.*)?$");

  private final String title;

  FailureClient(String title) {
    this.title = title;
  }

  /// What came of a request.
  ///
  /// @param text `HTTP 200`, or the error in the client's own words
  record Outcome(String text, long millis) {
    private static final Pattern LINE = Pattern.compile("(.+)\t(\\d+)\\s*");

    static Outcome parse(Run run) {
      Matcher line = LINE.matcher(run.orThrow().out());
      if (!line.matches()) {
        throw new IllegalStateException(run + ": no outcome");
      }
      return new Outcome(line.group(1), Long.parseLong(line.group(2)));
    }

    /// It has connected to a server, and had its answer if it asked for one.
    boolean isGood() {
      return text.equals("HTTP 200") || isOpen();
    }

    /// All that `nc -z` tells of a connection that was made.
    boolean isOpen() {
      return text.equals("open");
    }

    /// When the JDK's HttpClient meets a reset in writing, its reading side may tell first, and
    /// that side meets an end of input then: 3 of 100 plain servers' resets are told so.
    boolean isReset() {
      return tells("connection reset")
          || text.contains("ECONNRESET")
          || tells("broken pipe")
          || text.contains("received no bytes: EOF");
    }

    /// The JDK's HttpClient gives a refusal no message.
    boolean isRefused() {
      return tells("connection refused")
          || text.contains("ECONNREFUSED")
          || text.equals("ConnectException");
    }

    boolean isUnreachable() {
      return tells("no route to host") || text.contains("EHOSTUNREACH");
    }

    boolean isTimeout() {
      return tells("timed out") || tells("timeout") || text.contains("now in progress");
    }

    private boolean tells(String words) {
      return text.toLowerCase(Locale.ROOT).contains(words);
    }
  }

  /// As the table calls it.
  String title() {
    return title;
  }

  /// Whether this machine has it.
  boolean isThere() {
    return true;
  }

  /// Sends one request from a Pod.
  ///
  /// @throws IllegalStateException if the client is not there or does not tell how it ended
  abstract Outcome get(LabPod pod, String url, List<String> addresses);

  /// What GNU wget meets, and how often it tries.
  static Outcome wget(LabPod pod, String url, List<String> addresses, int tries) {
    long beganNanos = System.nanoTime();
    Run run =
        Run.of(
            named(
                pod,
                addresses,
                List.of(
                    "wget",
                    "--no-proxy",
                    "--connect-timeout=3",
                    "--read-timeout=6",
                    "--tries=" + tries,
                    "-O",
                    "/dev/null",
                    url)));
    long millis = millisSince(beganNanos);
    if (run.isOk()) {
      return new Outcome("HTTP 200", millis);
    }
    long requests = run.err().lines().filter(line -> line.startsWith("--")).count();
    return new Outcome(
        "exit %d: %s, %s"
            .formatted(
                run.status(), last(WGET_ERROR, run), requests == 1 ? "1 try" : requests + " tries"),
        millis);
  }

  /// The command line of a program in the Pod that asks the C library for the name.
  private static List<String> named(LabPod pod, List<String> addresses, List<String> command) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "env",
                "LC_ALL=C",
                "sh",
                "-c",
                WITH_HOSTS,
                "sh",
                hosts(addresses).toString(),
                write("gai", IPV6_FIRST).toString()));
    line.addAll(command);
    return pod.netns().inside(line);
  }

  private static Path hosts(List<String> addresses) {
    return write(
        "hosts",
        addresses.stream()
            .map(address -> address + " " + HOST + "\n")
            .collect(Collectors.joining()));
  }

  private static Path write(String name, String text) {
    Path file = Lab.FOLDER.resolve(name + "-" + UUID.randomUUID());
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long millisSince(long beganNanos) {
    return (System.nanoTime() - beganNanos) / NANOS_PER_MILLI;
  }

  /// The last error that a program told; those before it were of other addresses or tries.
  private static String last(Pattern error, Run run) {
    return error
        .matcher(run.err())
        .results()
        .reduce((_, later) -> later)
        .map(found -> found.group(found.group(1) == null ? 2 : 1))
        .orElseThrow(() -> new IllegalStateException(run + ": no error"));
  }

  private static String reason(Run curl) {
    Matcher errno = CONNECT_ERRNO.matcher(curl.err());
    if (curl.status() == CURL_COULD_NOT_CONNECT && errno.find()) {
      return errno.group(1);
    }
    Matcher error = CURL_ERROR.matcher(curl.err());
    if (!error.find()) {
      throw new IllegalStateException("curl: status " + curl.status() + "\n" + curl.err());
    }
    return error.group(1);
  }
}
