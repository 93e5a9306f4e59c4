package io.podstamp.lab;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// CPython's own network tests, in a Pod that is left alone and in a Pod whose every TCP connection
/// is captured: HTTP, SMTP, POP3 and FTP by people who never heard of podstamp. Each test has to
/// end alike in both. Run by `scripts/e2e-cpython.sh`.
public final class CpythonTests {
  private static final List<String> MODULES =
      List.of(
          "test_httplib",
          "test_httpservers",
          "test_urllib2_localnet",
          "test_xmlrpc",
          "test_smtplib",
          "test_poplib",
          "test_ftplib");

  private static final int LISTENER = 15901;

  /// Before podstamp's own chain, which leaves loopback alone; the mark is that of its upstream
  /// sockets.
  private static final String CAPTURE_ALL =
      """
      table inet everything {
        chain output {
          type nat hook output priority -101; policy accept;
          meta mark 0x5053 return
          tcp dport %1$d return
          tcp flags & (fin|syn|rst|ack) == syn counter redirect to :%1$d
        }
      }
      """
          .formatted(LISTENER);

  private static final Pattern REDIRECTED = Pattern.compile("counter packets (\\d+)");
  private static final Pattern ACCEPTED =
      Pattern.compile("(?m)^podstamp_connections_total (\\d+)(\\.0)?$");
  private static final Pattern STAMPED =
      Pattern.compile("(?m)^podstamp_requests_stamped_total (\\d+)(\\.0)?$");

  private CpythonTests() {}

  /// Runs them; the exit status is 0 when all tests ended alike.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes
  public static void main(String[] arguments) {
    boolean alike;
    try (Lab lab = Lab.withPodstamp(Path.of(arguments[0]))) {
      alike = run(lab);
    }
    System.exit(alike ? 0 : 1);
  }

  private static boolean run(Lab lab) {
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    LabPod direct = lab.runPod("quiet", "direct");
    LabPod captured = lab.runPod("shop", "captured");
    Run.of(new ProcessBuilder(captured.netns().inside(List.of("nft", "-f", "-"))), CAPTURE_ALL)
        .orThrow();

    SortedMap<String, UnittestReport.Result> expected = runTests(direct);
    SortedMap<String, UnittestReport.Result> seen = runTests(captured);

    long redirected =
        number(REDIRECTED, captured.run("nft", "list", "table", "inet", "everything").out());
    long accepted = number(ACCEPTED, lab.agent().metrics());
    System.out.printf(
        "%d connections redirected, %d accepted by podstamp, %d requests stamped%n",
        redirected, accepted, number(STAMPED, lab.agent().metrics()));
    UnittestComparison comparison = new UnittestComparison(expected, seen);
    comparison.print(System.out);
    return comparison.isAlike() && redirected > 0 && accepted == redirected;
  }

  /// One process for each module, as each has its own time limit.
  private static SortedMap<String, UnittestReport.Result> runTests(LabPod pod) {
    SortedMap<String, UnittestReport.Result> results = new TreeMap<>();
    for (String module : MODULES) {
      Path xml = Lab.FOLDER.resolve(pod.name() + "-" + module + ".xml");
      String[] command = {
        "env",
        "-i",
        "PATH=/usr/bin:/bin",
        "LANG=C.UTF-8",
        "HOME=" + Lab.FOLDER,
        "/usr/bin/python3.11",
        "-m",
        "test",
        "-v",
        "--tempdir=" + Lab.FOLDER,
        "--junit-xml=" + xml,
        module
      };
      Run run = pod.run(command);
      if (!xml.toFile().exists()) {
        run.orThrow();
        throw new IllegalStateException(module + ": no report\n" + run.out() + run.err());
      }
      UnittestReport report = UnittestReport.read(xml);
      System.out.printf("%s %s: %d tests%n", pod.name(), module, report.results().size());
      results.putAll(report.results());
    }
    return results;
  }

  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException(pattern + ": not in\n" + text);
    }
    return Long.parseLong(matcher.group(1));
  }
}
