package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// Programs of other people in a Pod that is left alone, and in captured ones of both profiles:
/// exit status, stdout and stderr have to be the same, but for what `clients.txt` says of strict.
/// Run by `scripts/e2e-clients.sh`.
public final class Clients implements AutoCloseable {
  private static final Path DOCS = Path.of("docs");

  private static final String IN_A_FOLDER = "cd \"$(mktemp -d -p %s)\"\n".formatted(Lab.FOLDER);

  private final Lab lab;
  private final OutsideServers servers;
  private final String scripts;
  private final LabPod direct;
  private final LabPod transparent;
  private final LabPod strict;

  private int differ;
  private int asTold;

  private Clients(Lab lab, Path scripts, List<ClientCase> cases) {
    this.lab = lab;
    this.scripts = scripts.toAbsolutePath().toString();
    servers = new OutsideServers(lab.node(), Lab.FOLDER);
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    String all =
        cases.stream()
            .map(ClientCase::port)
            .distinct()
            .map(String::valueOf)
            .collect(Collectors.joining(","));
    direct = lab.runPod("quiet", "direct");
    transparent = lab.runPod("shop", "transparent", Map.of("podstamp.io/ports", all), List.of());
    strict =
        lab.runPod(
            "shop",
            "strict",
            Map.of("podstamp.io/ports", all, "podstamp.io/profile", "strict"),
            List.of());
  }

  /// Runs it; the exit status is 0 when every difference is one that is told.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes, that of the scripts that serve and
  ///   ask, and the names of the programs to run; all without
  public static void main(String[] arguments) {
    List<String> only = List.of(arguments).subList(2, arguments.length);
    List<ClientCase> cases =
        ClientCase.all().stream()
            .filter(one -> only.isEmpty() || only.contains(one.name()))
            .toList();
    boolean isAsTold;
    try (Lab lab = Lab.withPodstamp(Path.of(arguments[0]));
        Clients clients = new Clients(lab, Path.of(arguments[1]), cases)) {
      isAsTold = clients.run(cases);
    }
    System.exit(isAsTold ? 0 : 1);
  }

  private boolean run(List<ClientCase> cases) {
    System.out.println("| program | version | transparent | strict |\n|---|---|---|---|");
    cases.forEach(this::compare);
    boolean isQuiet = !lab.agent().logText().contains(" ERROR ");
    if (!isQuiet) {
      System.err.println(lab.agent().logText());
    }
    System.err.printf(
        "%d programs and openings, 2 profiles: %d differ as the docs tell, %d otherwise%n",
        cases.size(), asTold, differ);
    return differ == 0 && isQuiet && !cases.isEmpty();
  }

  private void compare(ClientCase one) {
    try (Daemon _ = servers.start(one.port(), bash(IN_A_FOLDER + one.server()))) {
      one.ready().forEach(line -> Wait.until(ClientCase.PATIENCE, () -> run(direct, line).isOk()));
      Run expected = run(direct, one.client());
      String inTransparent = compare(one, expected, transparent, "");
      String inStrict = compare(one, expected, strict, one.strict());
      System.out.printf(
          "| %s | %s | %s | %s |%n",
          one.name(),
          one.version().isEmpty() ? "" : Run.of(List.of(bash(one.version()))).out().strip(),
          inTransparent,
          inStrict);
    }
  }

  /// @param told a phrase of the docs that says what differs; empty if nothing may
  /// @return what a row says of it
  private String compare(ClientCase one, Run expected, LabPod pod, String told) {
    double before = connections();
    Run seen = run(pod, one.client());
    boolean captured = connections() > before;
    boolean same = said(seen).equals(said(expected));
    boolean isKnown = !told.isEmpty() && isInDocs(told);
    if (captured && same && told.isEmpty()) {
      return expected.isOk() ? "same" : "same, exit " + expected.status();
    }
    if (captured && !same && isKnown) {
      asTold++;
      return "differs: " + told;
    }
    differ++;
    System.err.printf(
        "%s, %s: %s%ndirect:   %s%ncaptured: %s%n",
        one.name(),
        pod.name(),
        !captured ? "was not captured" : same ? "does not differ as told" : "differs",
        said(expected),
        said(seen));
    return !captured ? "not captured" : same ? "same, where the docs tell of more" : "DIFFERS";
  }

  private static boolean isInDocs(String phrase) {
    for (String page : List.of("http.md", "what-applications-see.md")) {
      try {
        if (Files.readString(DOCS.resolve(page)).contains(phrase)) {
          return true;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return false;
  }

  private static List<Object> said(Run run) {
    return List.of(run.status(), run.out(), run.err());
  }

  private double connections() {
    return lab.agent().metric("podstamp_connections_total");
  }

  private Run run(LabPod pod, String line) {
    try {
      Path folder = Files.createTempDirectory(Lab.FOLDER, "client");
      List<String> command = pod.netns().inside(List.of(bash(line)));
      ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
      Map<String, String> environment = Objects.requireNonNull(builder.environment());
      environment.put("HOME", "/run/podstamp-lab/none"); // nobody's own settings
      return Run.of(builder.directory(folder.toFile()), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Finds the servers' address in `$server`, and scripts in `$scripts`.
  private String[] bash(String line) {
    return new String[] {
      "env",
      "server=" + Node.OUTSIDE_ADDRESS,
      "scripts=" + scripts,
      "bash",
      "-eu",
      "-o",
      "pipefail",
      "-c",
      line
    };
  }

  @Override
  public void close() {
    servers.close();
  }
}
