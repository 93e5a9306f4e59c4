package io.podstamp.nftables;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.Message;
import io.podstamp.netlink.NetlinkException;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.os.Errno;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A table as the kernel shows it, one dump for each kind of object.
///
/// What nobody can compare is left out: handles, and what `nft` has written for itself.
final class TableReader {
  private final NetlinkSocket socket;
  private final String table;

  TableReader(NetlinkSocket socket, String table) {
    this.socket = socket;
    this.table = table;
  }

  static boolean exists(NetlinkSocket socket, String table) throws IOException {
    try {
      socket.ask(named(table));
      return true;
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  private static Request named(String table) {
    return new Request(
        Uapi.GETTABLE,
        0,
        Uapi.subject(table),
        Attributes.Writer.netfilter(Uapi.INET, 0).text(Uapi.TABLE_NAME, table));
  }

  Table read() throws IOException {
    int flags = socket.ask(named(table)).netfilterAttributes().u32(Uapi.TABLE_FLAGS, 0);
    List<Counter> counters = new ArrayList<>();
    for (Attributes counter : dump(Uapi.GETOBJ)) {
      if (counter.u32(Uapi.OBJ_TYPE) == Uapi.OBJECT_COUNTER) {
        Attributes data = counter.nested(Uapi.OBJ_DATA);
        counters.add(
            new Counter(
                counter.text(Uapi.OBJ_NAME),
                data.u64(Uapi.COUNTER_PACKETS),
                data.u64(Uapi.COUNTER_BYTES)));
      }
    }
    List<NftSet> sets = new ArrayList<>();
    for (Attributes set : dump(Uapi.GETSET)) {
      sets.add(set(set));
    }
    return new Table(table, flags, counters, sets, chains());
  }

  private List<Chain> chains() throws IOException {
    Map<String, List<Rule>> rules = new TreeMap<>();
    for (Attributes rule : dump(Uapi.GETRULE)) {
      rules
          .computeIfAbsent(rule.text(Uapi.RULE_CHAIN), _ -> new ArrayList<>())
          .add(rule(rule.nested(Uapi.RULE_EXPRESSIONS)));
    }
    List<Chain> chains = new ArrayList<>();
    for (Attributes chain : dump(Uapi.GETCHAIN)) {
      String name = chain.text(Uapi.CHAIN_NAME);
      chains.add(new Chain(name, hook(chain), rules.getOrDefault(name, List.of())));
    }
    return chains;
  }

  /// Those of our table: kernels differ in what they leave out of a dump by themselves.
  private List<Attributes> dump(int type) throws IOException {
    Attributes.Writer ofTable = Attributes.Writer.netfilter(Uapi.INET, 0).text(Uapi.TABLE, table);
    List<Attributes> found = new ArrayList<>();
    for (Message message : socket.dump(new Request(type, 0, Uapi.subject(table), ofTable))) {
      Attributes attributes = message.netfilterAttributes();
      if (attributes.text(Uapi.TABLE).equals(table)) {
        found.add(attributes);
      }
    }
    return found;
  }

  private static Chain.@Nullable Hook hook(Attributes chain) throws ProtocolException {
    if (!chain.has(Uapi.CHAIN_HOOK)) {
      return null;
    }
    Attributes place = chain.nested(Uapi.CHAIN_HOOK);
    return new Chain.Hook(
        chain.text(Uapi.CHAIN_TYPE),
        place.u32(Uapi.HOOK_HOOKNUM),
        place.u32(Uapi.HOOK_PRIORITY),
        chain.u32(Uapi.CHAIN_POLICY));
  }

  private static Rule rule(Attributes list) throws ProtocolException {
    List<Expression> expressions = new ArrayList<>();
    for (Attributes.Entry element : list.all()) {
      Attributes expression = element.nested();
      expressions.add(
          Expression.read(expression.text(Uapi.EXPR_NAME), expression.nested(Uapi.EXPR_DATA)));
    }
    return new Rule(expressions);
  }

  private NftSet set(Attributes set) throws IOException {
    String name = set.text(Uapi.SET_NAME);
    Key key = new Key(set.u32(Uapi.SET_KEY_TYPE), set.u32(Uapi.SET_KEY_LEN));
    int flags = set.u32(Uapi.SET_FLAGS, 0);
    int size = set.nested(Uapi.SET_DESC).u32(Uapi.SET_DESC_SIZE, 0);
    Attributes.Writer ofSet =
        Attributes.Writer.netfilter(Uapi.INET, 0)
            .text(Uapi.TABLE, table)
            .text(Uapi.ELEM_LIST_SET, name);
    String subject = Uapi.subject("set", table, name);
    List<Attributes> raw = new ArrayList<>();
    for (Message message : socket.dump(new Request(Uapi.GETSETELEM, 0, subject, ofSet))) {
      Attributes list = message.netfilterAttributes().nested(Uapi.ELEM_LIST_ELEMENTS);
      for (Attributes.Entry element : list.all()) {
        raw.add(element.nested());
      }
    }
    boolean isInterval = (flags & NftSet.INTERVAL) != 0;
    return new NftSet(name, key, flags, size, isInterval ? intervals(raw) : keys(raw));
  }

  private static Data key(Attributes element) throws ProtocolException {
    return Data.of(element.nested(Uapi.ELEM_KEY).bytes(Uapi.DATA_VALUE));
  }

  private static List<Element> keys(List<Attributes> raw) throws ProtocolException {
    List<Element> keys = new ArrayList<>();
    for (Attributes element : raw) {
      Data key = key(element);
      Attributes counter = element.nested(Uapi.ELEM_EXPR).nested(Uapi.EXPR_DATA);
      keys.add(
          new Element(
              key, key, element.u64(Uapi.ELEM_TIMEOUT, 0), counter.u64(Uapi.COUNTER_PACKETS, 0)));
    }
    return keys;
  }

  /// Puts together what the kernel has as two elements each: the first key of an interval, and the
  /// first one after it, which is not there when there is none.
  private static List<Element> intervals(List<Attributes> raw) throws ProtocolException {
    TreeMap<Data, Boolean> starts = new TreeMap<>();
    for (Attributes element : raw) {
      boolean isStart = (element.u32(Uapi.ELEM_FLAGS, 0) & Uapi.ELEM_F_INTERVAL_END) == 0;
      // Where one interval ends and the next begins, the kernel has both.
      starts.merge(key(element), isStart, Boolean::logicalOr);
    }
    List<Element> intervals = new ArrayList<>();
    Data first = null;
    for (Map.Entry<Data, Boolean> edge : starts.entrySet()) {
      if (first != null) {
        intervals.add(Element.interval(first, edge.getKey().plus(-1)));
      }
      first = edge.getValue() ? edge.getKey() : null;
    }
    if (first != null) {
      intervals.add(Element.interval(first, Data.filled(first.length(), 0xff)));
    }
    return intervals;
  }

  /// How many transactions the namespace has seen, from an arbitrary start.
  static int generation(NetlinkSocket socket) throws IOException {
    Message answer =
        socket.ask(
            new Request(Uapi.GETGEN, 0, "nftables: generation", Attributes.Writer.netfilter(0, 0)));
    return answer.netfilterAttributes().u32(Uapi.GEN_ID);
  }
}
