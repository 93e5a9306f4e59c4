package io.podstamp.nftables;

import io.podstamp.netlink.Attributes;
import java.net.ProtocolException;

/// One step of a rule, as the kernel has it (`linux/netfilter/nf_tables.h`). Each knows its own
/// attributes in both directions; [#read] knows them all by name.
///
/// Registers are those of `enum nft_registers`: 1 to 4 of sixteen bytes, 8 to 23 of four.
public sealed interface Expression {
  /// What the kernel calls it.
  String kernelName();

  /// Writes its attributes.
  void write(Attributes.Writer to);

  /// The expression of a name.
  ///
  /// @param attributes as the kernel shows them
  static Expression read(String name, Attributes attributes) throws ProtocolException {
    return switch (name) {
      case "meta" -> attributes.has(Meta.DREG) ? Meta.read(attributes) : SetMeta.read(attributes);
      case "payload" -> attributes.has(Payload.DREG) ? Payload.read(attributes) : new Other(name);
      case "cmp" -> Compare.read(attributes);
      case "bitwise" -> Bitwise.read(attributes);
      case "lookup" -> Lookup.read(attributes);
      case "immediate" ->
          attributes.u32(Immediate.DREG) == Verdict.REGISTER
              ? Verdict.read(attributes)
              : Immediate.read(attributes);
      case "redir" -> Redirect.read(attributes);
      case "objref" -> NamedCounter.read(attributes);
      case "dynset" -> AddToSet.read(attributes);
      case "queue" -> Queue.read(attributes);
      case "target" -> XtTarget.read(attributes);
      case "reject" -> Reject.read(attributes);
      default -> new Other(name);
    };
  }

  /// `NFTA_DATA_VALUE`
  private static Data value(Attributes attributes, int type) throws ProtocolException {
    return Data.of(attributes.nested(type).bytes(1));
  }

  private static void value(Attributes.Writer to, int type, Data data) {
    to.nest(type, value -> value.bytes(1, data.toBytes()));
  }

  /// Loads what the kernel knows of a packet beside its bytes.
  record Meta(int key, int register) implements Expression {
    /// `enum nft_meta_keys`
    public static final int MARK = 3;

    public static final int OIFNAME = 7;
    public static final int NFPROTO = 15;
    public static final int L4PROTO = 16;

    private static final int DREG = 1;
    private static final int KEY = 2;

    @Override
    public String kernelName() {
      return "meta";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(KEY, key).u32(DREG, register);
    }

    private static Meta read(Attributes from) throws ProtocolException {
      return new Meta(from.u32(KEY), from.u32(DREG));
    }
  }

  /// Sets it, such as the packet's mark.
  record SetMeta(int key, int register) implements Expression {
    private static final int KEY = 2;
    private static final int SREG = 3;

    @Override
    public String kernelName() {
      return "meta";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(KEY, key).u32(SREG, register);
    }

    private static SetMeta read(Attributes from) throws ProtocolException {
      return new SetMeta(from.u32(KEY), from.u32(SREG));
    }
  }

  /// Loads bytes of a packet.
  ///
  /// @param base from which header on
  record Payload(int base, int offset, int length, int register) implements Expression {
    /// `enum nft_payload_bases`
    public static final int NETWORK_HEADER = 1;

    public static final int TRANSPORT_HEADER = 2;

    private static final int DREG = 1;
    private static final int BASE = 2;
    private static final int OFFSET = 3;
    private static final int LEN = 4;

    @Override
    public String kernelName() {
      return "payload";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(DREG, register).u32(BASE, base).u32(OFFSET, offset).u32(LEN, length);
    }

    private static Payload read(Attributes from) throws ProtocolException {
      return new Payload(from.u32(BASE), from.u32(OFFSET), from.u32(LEN), from.u32(DREG));
    }
  }

  /// Goes on if a register compares so with a constant.
  record Compare(int register, int operator, Data data) implements Expression {
    /// `enum nft_cmp_ops`
    public static final int EQUAL = 0;

    public static final int NOT_EQUAL = 1;

    private static final int SREG = 1;
    private static final int OP = 2;
    private static final int DATA = 3;

    @Override
    public String kernelName() {
      return "cmp";
    }

    @Override
    public void write(Attributes.Writer to) {
      value(to.u32(SREG, register).u32(OP, operator), DATA, data);
    }

    private static Compare read(Attributes from) throws ProtocolException {
      return new Compare(from.u32(SREG), from.u32(OP), value(from, DATA));
    }
  }

  /// `destination = (source & mask) ^ xor`
  record Bitwise(int source, int destination, Data mask, Data xor) implements Expression {
    private static final int SREG = 1;
    private static final int DREG = 2;
    private static final int LEN = 3;
    private static final int MASK = 4;
    private static final int XOR = 5;
    private static final int OP = 6;

    /// `NFT_BITWISE_MASK_XOR`
    private static final int MASK_XOR = 0;

    @Override
    public String kernelName() {
      return "bitwise";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(SREG, source).u32(DREG, destination).u32(OP, MASK_XOR).u32(LEN, mask.length());
      value(to, MASK, mask);
      value(to, XOR, xor);
    }

    private static Expression read(Attributes from) throws ProtocolException {
      return from.u32(OP, MASK_XOR) == MASK_XOR && from.has(MASK)
          ? new Bitwise(from.u32(SREG), from.u32(DREG), value(from, MASK), value(from, XOR))
          : new Other("bitwise");
    }
  }

  /// Goes on if a register's value is in a set.
  record Lookup(String set, int register, boolean inverted) implements Expression {
    private static final int SET = 1;
    private static final int SREG = 2;
    private static final int FLAGS = 5;
    private static final int INVERTED = 1;

    @Override
    public String kernelName() {
      return "lookup";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(SREG, register).text(SET, set);
      if (inverted) {
        to.u32(FLAGS, INVERTED);
      }
    }

    private static Lookup read(Attributes from) throws ProtocolException {
      return new Lookup(from.text(SET), from.u32(SREG), (from.u32(FLAGS, 0) & INVERTED) != 0);
    }
  }

  /// Loads a constant.
  record Immediate(int register, Data data) implements Expression {
    private static final int DREG = 1;
    private static final int DATA = 2;

    @Override
    public String kernelName() {
      return "immediate";
    }

    @Override
    public void write(Attributes.Writer to) {
      value(to.u32(DREG, register), DATA, data);
    }

    private static Immediate read(Attributes from) throws ProtocolException {
      return new Immediate(from.u32(DREG), value(from, DATA));
    }
  }

  /// Decides about the packet, or where it goes on.
  ///
  /// @param code `NF_…` or `enum nft_verdicts`
  /// @param chain where to; empty unless it is a jump
  record Verdict(int code, String chain) implements Expression {
    public static final int DROP = 0;
    public static final int ACCEPT = 1;
    public static final int JUMP = -3;
    public static final int GOTO = -4;
    public static final int RETURN = -5;

    /// `NFT_REG_VERDICT`
    private static final int REGISTER = 0;

    private static final int DREG = 1;
    private static final int DATA = 2;
    private static final int DATA_VERDICT = 2;
    private static final int CODE = 1;
    private static final int CHAIN = 2;

    @Override
    public String kernelName() {
      return "immediate";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(DREG, REGISTER)
          .nest(
              DATA,
              data ->
                  data.nest(
                      DATA_VERDICT,
                      verdict -> {
                        verdict.u32(CODE, code);
                        if (!chain.isEmpty()) {
                          verdict.text(CHAIN, chain);
                        }
                      }));
    }

    private static Verdict read(Attributes from) throws ProtocolException {
      Attributes verdict = from.nested(DATA).nested(DATA_VERDICT);
      return new Verdict(verdict.u32(CODE), verdict.has(CHAIN) ? verdict.text(CHAIN) : "");
    }
  }

  /// Sends the connection to this machine, to the port in a register.
  record Redirect(int register) implements Expression {
    private static final int REG_PROTO_MIN = 1;
    private static final int REG_PROTO_MAX = 2;
    private static final int FLAGS = 3;

    /// `NF_NAT_RANGE_PROTO_SPECIFIED`
    private static final int PORT_GIVEN = 2;

    @Override
    public String kernelName() {
      return "redir";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(REG_PROTO_MIN, register).u32(FLAGS, PORT_GIVEN);
    }

    private static Expression read(Attributes from) throws ProtocolException {
      int register = from.u32(REG_PROTO_MIN, 0);
      // The kernel shows one port as a range.
      return register != 0
              && from.u32(REG_PROTO_MAX, register) == register
              && from.u32(FLAGS, PORT_GIVEN) == PORT_GIVEN
          ? new Redirect(register)
          : new Other("redir");
    }
  }

  /// Counts with a counter of the table.
  record NamedCounter(String counter) implements Expression {
    private static final int IMM_TYPE = 1;
    private static final int IMM_NAME = 2;

    /// `NFT_OBJECT_COUNTER`
    private static final int COUNTER = 1;

    @Override
    public String kernelName() {
      return "objref";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(IMM_TYPE, COUNTER).text(IMM_NAME, counter);
    }

    private static Expression read(Attributes from) throws ProtocolException {
      return from.u32(IMM_TYPE, 0) == COUNTER
          ? new NamedCounter(from.text(IMM_NAME))
          : new Other("objref");
    }
  }

  /// Adds a register's value to a set; does not go on if that is full.
  ///
  /// @param counted whether the element has a counter
  record AddToSet(String set, int register, boolean counted) implements Expression {
    private static final int SET_NAME = 1;
    private static final int OP = 3;
    private static final int SREG_KEY = 4;
    private static final int EXPR = 7;

    /// `NFT_DYNSET_OP_ADD`
    private static final int ADD = 0;

    private static final int EXPR_NAME = 1;
    private static final int EXPR_DATA = 2;

    @Override
    public String kernelName() {
      return "dynset";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(SREG_KEY, register).u32(OP, ADD).text(SET_NAME, set);
      if (counted) {
        to.nest(EXPR, counter -> counter.text(EXPR_NAME, "counter").nest(EXPR_DATA, _ -> {}));
      }
    }

    private static Expression read(Attributes from) throws ProtocolException {
      Attributes each = from.nested(EXPR);
      boolean counted = each.has(EXPR_NAME) && each.text(EXPR_NAME).equals("counter");
      return from.u32(OP) == ADD
          ? new AddToSet(from.text(SET_NAME), from.u32(SREG_KEY), counted)
          : new Other("dynset");
    }
  }

  /// Hands the packet to a program (`NFQUEUE`). Kernels without `CONFIG_NFT_QUEUE` do not know it.
  ///
  /// @param flags [#BYPASS]: the packet passes when no program is there
  record Queue(int number, int flags) implements Expression {
    public static final int BYPASS = 1;

    private static final int NUM = 1;
    private static final int TOTAL = 2;
    private static final int FLAGS = 3;

    @Override
    public String kernelName() {
      return "queue";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u16(NUM, number).u16(TOTAL, 1).u16(FLAGS, flags);
    }

    private static Expression read(Attributes from) throws ProtocolException {
      return from.has(NUM) && from.u16(TOTAL) == 1
          ? new Queue(from.u16(NUM), from.has(FLAGS) ? from.u16(FLAGS) : 0)
          : new Other("queue");
    }
  }

  /// A target of xtables, which the kernel's `NFT_COMPAT` works off.
  ///
  /// @param info its own structure, filled up to a multiple of eight bytes
  record XtTarget(String name, int revision, Data info) implements Expression {
    private static final int NAME = 1;
    private static final int REV = 2;
    private static final int INFO = 3;

    /// `XT_ALIGN`
    private static final int ALIGNMENT = 8;

    /// The same as [Queue] (`struct xt_NFQ_info_v3`), for kernels without it.
    public static XtTarget queue(int number, int flags) {
      java.nio.ByteBuffer info =
          java.nio.ByteBuffer.allocate(ALIGNMENT).order(java.nio.ByteOrder.nativeOrder());
      info.putShort((short) number).putShort((short) 1).putShort((short) flags);
      return new XtTarget("NFQUEUE", 3, Data.of(info.array()));
    }

    @Override
    public String kernelName() {
      return "target";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.text(NAME, name).u32(REV, revision).bytes(INFO, info.toBytes());
    }

    private static XtTarget read(Attributes from) throws ProtocolException {
      return new XtTarget(from.text(NAME), from.u32(REV), Data.of(from.bytes(INFO)));
    }
  }

  /// Refuses the packet, and says so to its sender.
  ///
  /// @param type `enum nft_reject_types`
  /// @param code of ICMP; 0 with [#TCP_RESET]
  record Reject(int type, int code) implements Expression {
    public static final int TCP_RESET = 1;

    /// ICMP or ICMPv6 as the packet's family is, with a code of `enum nft_reject_inet_code`.
    public static final int ICMPX = 2;

    public static final int NO_ROUTE = 0;
    public static final int HOST_UNREACHABLE = 2;
    public static final int ADMIN_PROHIBITED = 3;

    private static final int TYPE = 1;
    private static final int ICMP_CODE = 2;

    @Override
    public String kernelName() {
      return "reject";
    }

    @Override
    public void write(Attributes.Writer to) {
      to.u32(TYPE, type);
      if (type != TCP_RESET) {
        to.u8(ICMP_CODE, code);
      }
    }

    private static Reject read(Attributes from) throws ProtocolException {
      int type = from.u32(TYPE);
      return new Reject(type, type == TCP_RESET ? 0 : from.u8(ICMP_CODE));
    }
  }

  /// One that podstamp does not write; equal to none that it does.
  record Other(String kernelName) implements Expression {
    @Override
    public void write(Attributes.Writer to) {
      throw new IllegalStateException(kernelName + " (expected: an expression to be written)");
    }
  }
}
