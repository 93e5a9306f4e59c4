package io.podstamp.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The kernel's version, the capabilities of this process, and a real redirect in a network
/// namespace that is thrown away ([RedirectTrial]).
public final class KernelCheck implements Check {
  /// `redirect` in a table `inet`.
  private static final Release NEEDED = new Release(5, 2);

  /// `net.ipv4.tcp_migrate_req`.
  private static final Release HITLESS = new Release(5, 14);

  private static final long NET_ADMIN = 1L << 12; // linux/capability.h
  private static final long SYS_ADMIN = 1L << 21;

  private record Release(int major, int minor) {
    boolean isBefore(Release other) {
      return major < other.major || (major == other.major && minor < other.minor);
    }

    @Override
    public String toString() {
      return major + "." + minor;
    }
  }

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public List<Finding> look() throws IOException {
    List<Finding> findings = new ArrayList<>();
    findings.add(version(Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip()));
    findings.add(capabilities(Files.readString(Path.of("/proc/self/status"))));
    findings.addAll(RedirectTrial.run());
    return findings;
  }

  static Finding version(String text) {
    Matcher numbers = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(text);
    if (!numbers.matches()) {
      return Finding.warn(
          "kernel", text + " is no version that can be read", "compare it with Linux " + NEEDED);
    }
    Release release =
        new Release(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
    if (release.isBefore(NEEDED)) {
      return Finding.fail("kernel", "Linux " + text, "Linux " + NEEDED + " or later");
    }
    return release.isBefore(HITLESS)
        ? Finding.warn(
            "kernel",
            "Linux "
                + text
                + " resets connections that wait to be accepted while agents change over",
            "Linux " + HITLESS + " or later")
        : Finding.ok("kernel", "Linux " + text);
  }

  static Finding capabilities(String status) {
    Matcher effective = Pattern.compile("CapEff:\\s*([0-9a-f]+)").matcher(status);
    long has = effective.find() ? Long.parseUnsignedLong(effective.group(1), 16) : 0;
    List<String> missing = new ArrayList<>();
    if ((has & NET_ADMIN) == 0) {
      missing.add("NET_ADMIN");
    }
    if ((has & SYS_ADMIN) == 0) {
      missing.add("SYS_ADMIN");
    }
    return missing.isEmpty()
        ? Finding.ok("capabilities", "this process has NET_ADMIN and SYS_ADMIN, as an agent needs")
        : Finding.fail(
            "capabilities",
            "this process lacks " + String.join(" and ", missing),
            "run it as root, or give them to the container (securityContext.capabilities.add)");
  }
}
