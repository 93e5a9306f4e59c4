package io.podstamp.doctor;

import io.podstamp.install.ChainLook;
import io.podstamp.os.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Whether new Pods meet the plugin: its entry in the network that the runtime uses, its program,
/// and whether Cilium is there, which goes ways of its own.
///
/// @param confDir null where it was not given: nothing is known of the network then
/// @param binDir likewise
/// @param bpf where maps of eBPF are pinned, usually `/sys/fs/bpf`
public record NetworkCheck(@Nullable Path confDir, @Nullable Path binDir, Path bpf)
    implements Check {
  private static final Duration PLUGIN_LIMIT = Duration.ofSeconds(10);

  /// What the plugin answers then.
  private static final String NO_COMMAND = "\"code\":4,\"msg\":\"CNI_COMMAND: missing\"";

  /// Cilium renames other agents' files so, in exclusive mode.
  private static final String EXCLUSIVE = ".cilium_bak";

  @Override
  public String name() {
    return "network";
  }

  @Override
  public List<Finding> look() throws IOException {
    List<Finding> findings = new ArrayList<>();
    if (confDir == null) {
      findings.add(
          Finding.warn(
              "chain",
              "whether new Pods meet the plugin is not known",
              "give --cni-conf-dir, usually /etc/cni/net.d"));
    } else {
      findings.add(chain(confDir));
    }
    if (binDir != null) {
      findings.add(plugin(binDir.resolve("podstamp")));
    }
    findings.add(cilium());
    return findings;
  }

  private static Finding chain(Path folder) throws IOException {
    try {
      return switch (ChainLook.at(folder)) {
        case ChainLook.Chained chained ->
            Finding.ok("chain", chained.file() + " is what the runtime reads, and lists podstamp");
        case ChainLook.NotChained not ->
            Finding.fail(
                "chain",
                not.file() + " is what the runtime reads, and does not list podstamp",
                "`podstamp install`, or an agent with --cni-bin-dir and --cni-conf-dir; if it was"
                    + " there, another agent takes it out");
        case ChainLook.Unusable unusable ->
            Finding.fail("chain", unusable.reason(), "install the cluster's network first");
      };
    } catch (NoSuchFileException e) {
      return Finding.fail(
          "chain",
          folder + ": no such folder",
          "give the one that the runtime reads its network from");
    }
  }

  /// Runs it as somebody who tries it out in a terminal: with no command it says what it is, and
  /// that takes its whole runtime. It asks no agent.
  private static Finding plugin(Path plugin) throws IOException {
    if (!Files.isExecutable(plugin)) {
      return Finding.fail(
          "plugin", plugin + ": missing", "`podstamp install`, or an agent with --cni-bin-dir");
    }
    ProcessBuilder builder = new ProcessBuilder(plugin.toString()).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("CNI_"));
    Program.Result run = Program.run(builder, new byte[0], PLUGIN_LIMIT);
    if (run.late()) {
      return Finding.fail(
          "plugin",
          plugin + " has not answered within " + PLUGIN_LIMIT.toSeconds() + " s",
          "`podstamp install` brings it anew; maybe its disk hangs");
    }
    return run.output().contains(NO_COMMAND)
        ? Finding.ok(
            "plugin",
            plugin
                + " runs from here; on the Node it needs glibc and /bin/sh, which only shows there")
        : Finding.fail(
            "plugin",
            plugin + " does not run: " + run.output().strip().replaceAll("\\s+", " "),
            "`podstamp install` brings it anew; it needs glibc and /bin/sh");
  }

  private Finding cilium() throws IOException {
    boolean exclusive = confDir != null && Files.isDirectory(confDir) && has(confDir, EXCLUSIVE);
    boolean there =
        exclusive
            || (confDir != null && Files.isDirectory(confDir) && has(confDir, "cilium"))
            || Files.isDirectory(bpf.resolve("cilium"))
            || (Files.isDirectory(bpf.resolve("tc/globals"))
                && has(bpf.resolve("tc/globals"), "cilium_"));
    if (exclusive) {
      return Finding.warn(
          "cilium",
          "Cilium has this Node's network for itself (files named *" + EXCLUSIVE + ")",
          "set Cilium's cni.exclusive=false, else it takes podstamp out of the chain again and again");
    }
    return there
        ? Finding.warn(
            "cilium",
            "Cilium is here; how it is set cannot be told from its files",
            "cni.exclusive=false; and with socketLB in Pods a Service's address is gone before"
                + " podstamp sees the connection, so that ports of Pods count: socketLB.hostNamespaceOnly=true")
        : Finding.ok("cilium", "no sign of it");
  }

  private static boolean has(Path folder, String part) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().contains(part));
    }
  }
}
