package io.podstamp.nftables;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.Message;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Somebody else's chain that sees what leaves the namespace's own sockets.
///
/// @param table with its family, as `nft` writes it
/// @param translates whether it may send connections elsewhere before our rules see them
/// @param untracks whether it takes connections out of connection tracking
public record OutputChain(String table, String name, boolean translates, boolean untracks) {
  private static final int LOCAL_OUT = 3;

  /// Ours is at `dstnat`; of two at one place the one that was made first comes first.
  private static final int OURS = -100;

  /// Where connection tracking begins (`NF_IP_PRI_CONNTRACK`).
  private static final int TRACKING = -200;

  private static final int ANY_FAMILY = 0;
  private static final int TARGET_NAME = 1;
  private static final Set<String> UNTRACKING_TARGETS = Set.of("CT", "NOTRACK");

  /// Where it is, in a few words.
  public String told() {
    return "table " + table + ", chain " + name;
  }

  /// Those of the namespace that have rules, without the ones in tables of these names.
  static List<OutputChain> read(NetlinkSocket socket, Set<String> tables) throws IOException {
    List<Message> rules = dump(socket, Uapi.GETRULE);
    List<OutputChain> found = new ArrayList<>();
    for (Message message : dump(socket, Uapi.GETCHAIN)) {
      Attributes chain = message.netfilterAttributes();
      if (!chain.has(Uapi.CHAIN_HOOK) || tables.contains(chain.text(Uapi.TABLE))) {
        continue;
      }
      Attributes hook = chain.nested(Uapi.CHAIN_HOOK);
      int family = family(message);
      if (hook.u32(Uapi.HOOK_HOOKNUM) != LOCAL_OUT || !isInternet(family)) {
        continue;
      }
      int priority = hook.u32(Uapi.HOOK_PRIORITY);
      boolean isNat = chain.text(Uapi.CHAIN_TYPE).equals("nat");
      boolean translates = false;
      boolean untracks = false;
      for (Message each : rules) {
        Attributes rule = each.netfilterAttributes();
        if (family(each) == family
            && rule.text(Uapi.TABLE).equals(chain.text(Uapi.TABLE))
            && rule.text(Uapi.RULE_CHAIN).equals(chain.text(Uapi.CHAIN_NAME))) {
          translates |= isNat && priority <= OURS;
          untracks |= priority < TRACKING && untracks(rule.nested(Uapi.RULE_EXPRESSIONS));
        }
      }
      if (translates || untracks) {
        found.add(
            new OutputChain(
                named(family) + " " + chain.text(Uapi.TABLE),
                chain.text(Uapi.CHAIN_NAME),
                translates,
                untracks));
      }
    }
    return found;
  }

  private static List<Message> dump(NetlinkSocket socket, int type) throws IOException {
    return socket.dump(
        new Request(
            type, 0, "nftables: chains of others", Attributes.Writer.netfilter(ANY_FAMILY, 0)));
  }

  /// `nft`'s own `notrack`, and what `iptables` calls by name.
  private static boolean untracks(Attributes expressions) throws IOException {
    for (Attributes.Entry element : expressions.all()) {
      Attributes expression = element.nested();
      String name = expression.text(Uapi.EXPR_NAME);
      if (name.equals("notrack")
          || (name.equals("target")
              && UNTRACKING_TARGETS.contains(
                  expression.nested(Uapi.EXPR_DATA).text(TARGET_NAME)))) {
        return true;
      }
    }
    return false;
  }

  /// `NFPROTO_…`, the first byte of `struct nfgenmsg`.
  private static int family(Message message) {
    return message.body().get(message.body().position());
  }

  private static boolean isInternet(int family) {
    return !named(family).isEmpty();
  }

  private static String named(int family) {
    return switch (family) {
      case 1 -> "inet";
      case 2 -> "ip";
      case 10 -> "ip6";
      default -> "";
    };
  }
}
