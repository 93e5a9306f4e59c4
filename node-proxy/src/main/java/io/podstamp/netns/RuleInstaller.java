package io.podstamp.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Writes and reads rules with `nft`, run inside a Pod's namespace by `nsenter`: a process started
/// by a thread that is inside would leave Java's reaper thread there for life.
///
/// Called from virtual threads; each call is one process of about 10 ms.
public final class RuleInstaller {
  private static final int TIMEOUT_SECONDS = 10;

  /// So that verifying every Pod of a node at once does not take all its cores.
  private static final int MOST_AT_ONCE = 4;

  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  /// Brings the rules in, in one transaction: all of it or nothing.
  public void install(Netns netns, RedirectRules rules, Duration lease) throws IOException {
    nft(netns, rules.transaction(lease), "-f", "-");
  }

  /// The same for a trial of what the kernel can, on loopback.
  public void installOnLoopback(Netns netns, RedirectRules rules, Duration lease)
      throws IOException {
    nft(netns, rules.transactionOnLoopback(lease), "-f", "-");
  }

  /// Brings in those that only count.
  public void install(Netns netns, ShadowRules rules) throws IOException {
    nft(netns, rules.transaction(), "-f", "-");
  }

  /// What these have counted.
  ///
  /// @throws IOException when they are gone
  public List<ShadowRules.Count> readShadow(Netns netns) throws IOException {
    return ShadowRules.counts(
        nft(netns, "", "--json", "list", "table", "inet", RedirectRules.TABLE));
  }

  /// Takes the rules out; it is no error when there are none.
  public void remove(Netns netns) throws IOException {
    nft(netns, RedirectRules.removal(), "-f", "-");
  }

  /// What the kernel holds now, without what changes by itself (lease time left).
  public String read(Netns netns) throws IOException {
    return nft(netns, "", "--stateless", "list", "table", "inet", RedirectRules.TABLE)
        .replaceAll(
            "(?s)(set " + RedirectRules.LEASE_SET + " \\{[^}]*?)elements = \\{[^}]*\\}\\s*", "$1");
  }

  private String nft(Netns netns, String input, String... arguments) throws IOException {
    places.acquireUninterruptibly();
    try {
      return run(netns, input, arguments);
    } finally {
      places.release();
    }
  }

  private static String run(Netns netns, String input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (!netns.isHome()) {
      command.addAll(List.of("nsenter", "--net=" + netns.procPath()));
    }
    command.add("nft");
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (InputStream stdout = process.getInputStream()) {
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.US_ASCII));
      }
      String output = new String(stdout.readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command) + " failed: " + output.strip().replaceAll("\\s+", " "));
      }
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while nft ran", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
