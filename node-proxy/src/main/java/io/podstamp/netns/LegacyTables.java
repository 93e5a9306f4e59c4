package io.podstamp.netns;

import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Rules of the old `iptables`, which nf_tables does not show (`linux/netfilter_ipv4/ip_tables.h`).
/// Only tables that somebody has made are asked about: the question itself would make them.
final class LegacyTables {
  /// `struct ipt_getinfo`: a name of 32 bytes, and five places for each of the hooks' first rules
  /// and of their policies.
  private static final int INFO = 84;

  private static final int LOCAL_OUT = 3;
  private static final int FIRST_RULES = 36;
  private static final int POLICIES = 56;

  /// `IPT_SO_GET_INFO`, `IP6T_SO_GET_INFO`
  private static final int GET_INFO = 64;

  private record Family(String program, int domain, int level, Path tables) {}

  private static final List<Family> FAMILIES =
      List.of(
          new Family("iptables", Libc.AF_INET, 0, Path.of("/proc/thread-self/net/ip_tables_names")),
          new Family(
              "ip6tables", Libc.AF_INET6, 41, Path.of("/proc/thread-self/net/ip6_tables_names")));

  private LegacyTables() {}

  /// In the namespace of the calling thread.
  static List<BlindSpot> lookHere() throws IOException {
    List<BlindSpot> found = new ArrayList<>();
    for (Family family : FAMILIES) {
      for (String table : tables(family)) {
        if ((table.equals("nat") || table.equals("raw")) && hasOutputRules(family, table)) {
          found.add(
              new BlindSpot(
                  table.equals("nat") ? BlindSpot.Kind.TRANSLATED : BlindSpot.Kind.UNTRACKED,
                  family.program + " " + table + " OUTPUT"));
        }
      }
    }
    return found;
  }

  private static List<String> tables(Family family) throws IOException {
    try {
      return Files.readAllLines(family.tables, StandardCharsets.US_ASCII);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /// Whether the hook's first rule is another one than its policy.
  private static boolean hasOutputRules(Family family, String table) throws IOException {
    byte[] info = new byte[INFO];
    byte[] name = table.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, info, 0, name.length);
    int socket = Libc.socket(family.domain, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
    try {
      Libc.getsockopt(socket, family.level, GET_INFO, info);
    } finally {
      Libc.close(socket);
    }
    ByteBuffer numbers = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder());
    int place = LOCAL_OUT * Integer.BYTES;
    return numbers.getInt(FIRST_RULES + place) != numbers.getInt(POLICIES + place);
  }
}
