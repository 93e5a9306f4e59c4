package io.podstamp.nftables;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A table as the requests that make it, in the order of `nft`: chains before rules, since these
/// jump to them, and sets before both of their users.
final class TableWriter {
  /// An attribute holds 64 KiB, and an element of a set of intervals takes 44 bytes at most.
  private static final int ELEMENTS_A_MESSAGE = 1000;

  /// What `nft` leaves with sets and elements for itself (`linux/netfilter/nf_tables.h` calls it
  /// userdata, libnftnl's `udata.h` knows the types): with it, it shows a set as we mean it.
  private static final int UDATA_KEY_BYTE_ORDER = 0;

  private static final int UDATA_MERGE_ELEMENTS = 2;
  private static final int UDATA_KEY_TYPEOF = 3;
  private static final int UDATA_ELEMENT_FLAGS = 1;
  private static final int NETWORK_ORDER = 2;
  private static final int INTERVAL_WITHOUT_END = 1;

  /// What `nft` 1.0.6 writes for a set whose keys are concatenated: an expression of that kind
  /// (`EXPR_CONCAT`) without fields.
  private static final byte[] TYPEOF_CONCATENATION = typeofConcatenation();

  private final List<Request> requests = new ArrayList<>();
  private final String table;
  private int sets;

  private TableWriter(String table) {
    this.table = table;
  }

  /// What brings a table in, instead of the one that may be there by its name.
  static List<Request> replacement(Table table) {
    TableWriter writer = new TableWriter(table.name());
    writer.requests.addAll(removal(table.name()));
    writer.table(table.flags());
    table.chains().forEach(writer::chain);
    table.counters().forEach(writer::counter);
    table.sets().forEach(writer::set);
    table.chains().forEach(chain -> chain.rules().forEach(rule -> writer.rule(chain, rule)));
    return writer.requests;
  }

  /// What takes a table away: deleting what is not there fails, so it is made first.
  static List<Request> removal(String table) {
    TableWriter writer = new TableWriter(table);
    writer.table(0);
    writer.request(Uapi.DELTABLE, 0, Uapi.subject(table)).text(Uapi.TABLE_NAME, table);
    return writer.requests;
  }

  /// What puts elements into a set, or takes them out.
  ///
  /// @param type [Uapi#NEWSETELEM] or [Uapi#DELSETELEM]
  static Request elements(String table, String set, int type, List<Element> elements) {
    TableWriter writer = new TableWriter(table);
    writer.elements(type, set, elements.stream().map(TableWriter::start).toList());
    return writer.requests.getFirst();
  }

  private Attributes.Writer request(int type, int flags, String subject) {
    Attributes.Writer body = Attributes.Writer.netfilter(Uapi.INET, 0);
    requests.add(new Request(type, flags, subject, body));
    return body;
  }

  private void table(int flags) {
    request(Uapi.NEWTABLE, 0, Uapi.subject(table))
        .text(Uapi.TABLE_NAME, table)
        .u32(Uapi.TABLE_FLAGS, flags);
  }

  private void chain(Chain chain) {
    Attributes.Writer body =
        request(Uapi.NEWCHAIN, Request.CREATE, Uapi.subject("chain", table, chain.name()))
            .text(Uapi.TABLE, table)
            .text(Uapi.CHAIN_NAME, chain.name());
    Chain.Hook hook = chain.hook();
    if (hook != null) {
      body.text(Uapi.CHAIN_TYPE, hook.type())
          .u32(Uapi.CHAIN_POLICY, hook.policy())
          .nest(
              Uapi.CHAIN_HOOK,
              place ->
                  place
                      .u32(Uapi.HOOK_HOOKNUM, hook.number())
                      .u32(Uapi.HOOK_PRIORITY, hook.priority()));
    }
  }

  private void rule(Chain chain, Rule rule) {
    String subject = Uapi.subject("rule of chain", table, chain.name());
    request(Uapi.NEWRULE, Request.CREATE | Request.APPEND, subject)
        .text(Uapi.TABLE, table)
        .text(Uapi.RULE_CHAIN, chain.name())
        .nest(
            Uapi.RULE_EXPRESSIONS,
            list ->
                rule.expressions()
                    .forEach(
                        expression ->
                            list.nest(
                                Uapi.LIST_ELEM,
                                element ->
                                    element
                                        .text(Uapi.EXPR_NAME, expression.kernelName())
                                        .nest(Uapi.EXPR_DATA, expression::write))));
  }

  private void counter(Counter counter) {
    request(Uapi.NEWOBJ, Request.CREATE, Uapi.subject("counter", table, counter.name()))
        .text(Uapi.TABLE, table)
        .text(Uapi.OBJ_NAME, counter.name())
        .u32(Uapi.OBJ_TYPE, Uapi.OBJECT_COUNTER)
        .nest(
            Uapi.OBJ_DATA,
            data ->
                data.u64(Uapi.COUNTER_BYTES, counter.bytes())
                    .u64(Uapi.COUNTER_PACKETS, counter.packets()));
  }

  private void set(NftSet set) {
    Attributes.Writer body =
        request(Uapi.NEWSET, Request.CREATE, Uapi.subject("set", table, set.name()))
            .text(Uapi.TABLE, table)
            .text(Uapi.SET_NAME, set.name())
            .u32(Uapi.SET_FLAGS, set.flags())
            .u32(Uapi.SET_KEY_TYPE, set.key().type())
            .u32(Uapi.SET_KEY_LEN, set.key().length())
            .u32(Uapi.SET_ID, ++sets);
    if (set.size() > 0) {
      body.nest(Uapi.SET_DESC, description -> description.u32(Uapi.SET_DESC_SIZE, set.size()));
    }
    body.bytes(Uapi.SET_USERDATA, userdata(set));
    List<Raw> raw = raw(set);
    for (int i = 0; i < raw.size(); i += ELEMENTS_A_MESSAGE) {
      elements(
          Uapi.NEWSETELEM,
          set.name(),
          raw.subList(i, Math.min(raw.size(), i + ELEMENTS_A_MESSAGE)));
    }
  }

  /// An element as the kernel has it: where an interval begins, or the first key after one.
  private record Raw(Data key, boolean isEnd, boolean withoutEnd, long timeoutMillis) {}

  private static Raw start(Element element) {
    return new Raw(element.first(), false, false, element.timeoutMillis());
  }

  private static List<Raw> raw(NftSet set) {
    if (!set.isInterval()) {
      return set.elements().stream().map(TableWriter::start).toList();
    }
    List<Raw> raw = new ArrayList<>();
    if (!set.elements().isEmpty() && !set.elements().getFirst().first().isFirst()) {
      raw.add(new Raw(Data.filled(set.key().length(), 0), true, false, 0));
    }
    for (Element interval : set.elements()) {
      boolean withoutEnd = interval.last().isLast();
      raw.add(new Raw(interval.first(), false, withoutEnd, interval.timeoutMillis()));
      if (!withoutEnd) {
        raw.add(new Raw(interval.last().plus(1), true, false, 0));
      }
    }
    return raw;
  }

  private void elements(int type, String set, List<Raw> elements) {
    int flags = type == Uapi.NEWSETELEM ? Request.CREATE : 0;
    request(type, flags, Uapi.subject("set", table, set))
        .text(Uapi.TABLE, table)
        .text(Uapi.ELEM_LIST_SET, set)
        .nest(
            Uapi.ELEM_LIST_ELEMENTS,
            list ->
                elements.forEach(
                    element -> list.nest(Uapi.LIST_ELEM, body -> element(element, body))));
  }

  private static void element(Raw element, Attributes.Writer body) {
    if (element.isEnd) {
      body.u32(Uapi.ELEM_FLAGS, Uapi.ELEM_F_INTERVAL_END);
    }
    body.nest(Uapi.ELEM_KEY, key -> key.bytes(Uapi.DATA_VALUE, element.key.toBytes()));
    if (element.timeoutMillis > 0) {
      body.u64(Uapi.ELEM_TIMEOUT, element.timeoutMillis);
    }
    if (element.withoutEnd) {
      body.bytes(Uapi.ELEM_USERDATA, userdata(UDATA_ELEMENT_FLAGS, INTERVAL_WITHOUT_END));
    }
  }

  private static byte[] userdata(NftSet set) {
    byte[] order = userdata(UDATA_KEY_BYTE_ORDER, set.key().isInNetworkOrder() ? NETWORK_ORDER : 0);
    if (set.isInterval()) {
      return joined(order, userdata(UDATA_MERGE_ELEMENTS, 1));
    }
    return set.key().isConcatenation() ? joined(order, TYPEOF_CONCATENATION) : order;
  }

  private static byte[] typeofConcatenation() {
    int concatenation = 13;
    int data = 1;
    byte[] expression = joined(userdata(0, concatenation), new byte[] {(byte) data, 0});
    return joined(new byte[] {(byte) UDATA_KEY_TYPEOF, (byte) expression.length}, expression);
  }

  private static byte[] userdata(int type, int value) {
    return ByteBuffer.allocate(6)
        .order(ByteOrder.nativeOrder())
        .put((byte) type)
        .put((byte) Integer.BYTES)
        .putInt(value)
        .array();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
  }
}
