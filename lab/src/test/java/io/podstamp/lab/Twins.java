package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Two Pods that run the same programs of other people against the same servers outside. One is of
/// a namespace that is not enabled, the other is captured; neither program nor user may see a
/// difference.
final class Twins implements AutoCloseable {
  private static final Path PODSTAMP = Path.of("../target/podstamp");
  private static final Path SCRIPTS = Path.of("src/test/interop").toAbsolutePath();
  private static final String PYTHON = "/usr/bin/python3"; // the one that Debian's modules are for

  private final Lab lab;
  private final OutsideServers servers;
  private final LabPod direct;
  private final LabPod captured;

  private Twins(Lab lab, Map<String, String> annotations) {
    this.lab = lab;
    servers = new OutsideServers(lab.node(), Lab.FOLDER);
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    direct = lab.runPod("quiet", "direct", annotations, List.of());
    captured = lab.runPod("shop", "captured", annotations, List.of());
  }

  /// On a Node of their own.
  ///
  /// @param ports those that are captured, with commas
  static Twins capturing(String ports) {
    return with(Map.of("podstamp.io/ports", ports));
  }

  /// The same with one more header of mode `set`, whose value is the Pod's name.
  static Twins capturing(String ports, String header) {
    String headers =
        """
        [{"name": "X-Forwarded-For", "value": "{pod.ip}", "mode": "set"},
         {"name": "X-Client-Hostname", "value": "{pod.hostname}", "mode": "set"},
         {"name": "%s", "value": "{pod.name}", "mode": "set"}]
        """
            .formatted(header);
    return with(Map.of("podstamp.io/ports", ports, "podstamp.io/headers", headers));
  }

  private static Twins with(Map<String, String> annotations) {
    Lab lab = Lab.withPodstamp(PODSTAMP);
    try {
      return new Twins(lab, annotations);
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  Lab lab() {
    return lab;
  }

  LabPod captured() {
    return captured;
  }

  /// Starts a server outside that runs until the end.
  Daemon serve(int port, String... command) {
    return servers.start(port, command);
  }

  /// A script in src/test/interop, for Debian's Python.
  static String[] python(String script, String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = PYTHON;
    command[1] = "-B"; // leaves no compiled files beside the script
    command[2] = SCRIPTS.resolve(script).toString();
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    return command;
  }

  /// Where a script is that is not for Python.
  static String script(String name) {
    return SCRIPTS.resolve(name).toString();
  }

  /// A command line for bash in which every part of a pipe has to succeed. It finds the servers'
  /// address in `$server`.
  static String[] bash(String line) {
    return new String[] {
      "env", "server=" + Node.OUTSIDE_ADDRESS, "bash", "-eu", "-o", "pipefail", "-c", line
    };
  }

  /// Runs a program in both Pods, each time in an empty folder. It has to succeed, to print the
  /// same and, in the captured Pod, to have been captured.
  ///
  /// @return what it wrote to stdout
  String alike(String... command) {
    Run expected = run(direct, command).orThrow();
    double before = connections();
    Run seen = run(captured, command);
    assertThat(said(seen)).as(String.join(" ", command)).isEqualTo(said(expected));
    assertThat(connections()).as("connections that were captured").isGreaterThan(before);
    return expected.out();
  }

  private static Map<String, Object> said(Run run) {
    return new TreeMap<>(Map.of("status", run.status(), "out", run.out(), "err", run.err()));
  }

  private double connections() {
    return lab.agent().metric("podstamp_connections_total");
  }

  private static Run run(LabPod pod, String... command) {
    try {
      Path folder = Files.createTempDirectory(Lab.FOLDER, pod.name());
      ProcessBuilder builder = new ProcessBuilder(pod.netns().inside(List.of(command)));
      builder.environment().put("HOME", folder.toString()); // nobody's own settings
      return Run.of(builder.directory(folder.toFile()), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    String log = lab.agent().logText();
    try (lab;
        servers) {
      assertThat(log).doesNotContain(" ERROR ");
    }
  }
}
