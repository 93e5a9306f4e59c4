package io.podstamp.nftables;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// A rule: expressions in the order in which the kernel works them off, until one does not match.
///
/// [Builder] writes those that `nft` writes for the same words, so that `nft` shows these words
/// again.
public record Rule(List<Expression> expressions) {
  public Rule {
    expressions = List.copyOf(expressions);
  }

  /// Begins one that matches everything.
  public static Builder matching() {
    return new Builder();
  }

  /// Which header an address is in.
  public enum Family {
    IPV4(2, 16, 4),
    IPV6(10, 24, 16);

    /// `NFPROTO_…`
    private final int protocol;

    /// Of the destination address in the network header.
    private final int offset;

    private final int length;

    Family(int protocol, int offset, int length) {
      this.protocol = protocol;
      this.offset = offset;
      this.length = length;
    }
  }

  /// Makes a rule, word by word.
  public static final class Builder {
    private static final int REGISTER = 1;

    /// Registers of four bytes have numbers of their own: 8 is the first quarter of 1.
    private static final int SECOND_QUARTER = 9;

    private static final int SECOND_REGISTER = 2;
    private static final int IPPROTO_TCP = 6;

    /// In the TCP header (RFC 9293): destination port, flags, and FIN, SYN, RST, ACK among these.
    private static final int PORT_OFFSET = 2;

    private static final int FLAGS_OFFSET = 13;
    private static final int SYN = 0x02;
    private static final int FIN_SYN_RST_ACK = 0x17;

    private final List<Expression> expressions = new ArrayList<>();

    private Builder() {}

    /// `oifname "…"`
    public Builder outDevice(String name) {
      return meta(Expression.Meta.OIFNAME, Data.device(name));
    }

    /// `meta mark …`
    public Builder mark(int mark) {
      return meta(Expression.Meta.MARK, Data.mark(mark));
    }

    /// `meta mark != …`
    public Builder markIsNot(int mark) {
      return add(new Expression.Meta(Expression.Meta.MARK, REGISTER))
          .add(new Expression.Compare(REGISTER, Expression.Compare.NOT_EQUAL, Data.mark(mark)));
    }

    /// `meta mark & MASK == …`
    public Builder markIn(int mask, int value) {
      return maskedMark(mask)
          .add(new Expression.Compare(REGISTER, Expression.Compare.EQUAL, Data.mark(value)));
    }

    /// `meta mark & MASK != 0`
    public Builder anyMarkIn(int mask) {
      return maskedMark(mask)
          .add(new Expression.Compare(REGISTER, Expression.Compare.NOT_EQUAL, Data.mark(0)));
    }

    /// `meta mark set meta mark & …`
    public Builder keepOfMark(int mask) {
      return maskedMark(mask).add(new Expression.SetMeta(Expression.Meta.MARK, REGISTER));
    }

    private Builder maskedMark(int mask) {
      return add(new Expression.Meta(Expression.Meta.MARK, REGISTER))
          .add(new Expression.Bitwise(REGISTER, REGISTER, Data.mark(mask), Data.mark(0)));
    }

    /// `meta nfproto …`
    public Builder family(Family family) {
      return meta(Expression.Meta.NFPROTO, Data.u8(family.protocol));
    }

    /// `meta l4proto tcp`
    public Builder tcp() {
      return meta(Expression.Meta.L4PROTO, Data.u8(IPPROTO_TCP));
    }

    /// `meta l4proto @…`
    public Builder protocolIn(String set) {
      return add(new Expression.Meta(Expression.Meta.L4PROTO, REGISTER))
          .add(new Expression.Lookup(set, REGISTER, false));
    }

    /// `ip daddr != …`, of a packet whose family is known.
    public Builder destinationIsNot(Family family, InetAddress address) {
      return add(destination(family, REGISTER))
          .add(new Expression.Compare(REGISTER, Expression.Compare.NOT_EQUAL, Data.of(address)));
    }

    /// `ip daddr @…`, of a packet whose family is known.
    public Builder destinationIn(Family family, String set) {
      return add(destination(family, REGISTER)).add(new Expression.Lookup(set, REGISTER, false));
    }

    /// `tcp flags & (fin|syn|rst|ack) == syn`, of a TCP packet: the first one of a connection.
    public Builder syn() {
      return add(new Expression.Payload(
              Expression.Payload.TRANSPORT_HEADER, FLAGS_OFFSET, 1, REGISTER))
          .add(new Expression.Bitwise(REGISTER, REGISTER, Data.u8(FIN_SYN_RST_ACK), Data.u8(0)))
          .add(new Expression.Compare(REGISTER, Expression.Compare.EQUAL, Data.u8(SYN)));
    }

    /// `tcp dport …`, of a TCP packet.
    public Builder port(int port) {
      return add(destinationPort(REGISTER))
          .add(new Expression.Compare(REGISTER, Expression.Compare.EQUAL, Data.port(port)));
    }

    /// `tcp dport @…`, of a TCP packet.
    public Builder portIn(String set) {
      return add(destinationPort(REGISTER)).add(new Expression.Lookup(set, REGISTER, false));
    }

    /// `return`
    public Rule returns() {
      return ending(new Expression.Verdict(Expression.Verdict.RETURN, ""));
    }

    /// `accept`
    public Rule accepts() {
      return ending(new Expression.Verdict(Expression.Verdict.ACCEPT, ""));
    }

    /// `drop`
    public Rule drops() {
      return ending(new Expression.Verdict(Expression.Verdict.DROP, ""));
    }

    /// `reject with tcp reset`, of a TCP packet.
    public Rule resets() {
      return ending(new Expression.Reject(Expression.Reject.TCP_RESET, 0));
    }

    /// `reject with icmpx …`
    ///
    /// @param code such as [Expression.Reject#NO_ROUTE]
    public Rule rejectsWithIcmp(int code) {
      return ending(new Expression.Reject(Expression.Reject.ICMPX, code));
    }

    /// `jump …`
    public Rule jump(String chain) {
      return ending(new Expression.Verdict(Expression.Verdict.JUMP, chain));
    }

    /// `goto …`
    public Rule goTo(String chain) {
      return ending(new Expression.Verdict(Expression.Verdict.GOTO, chain));
    }

    /// `redirect to :…`
    public Rule redirectTo(int port) {
      return add(new Expression.Immediate(REGISTER, Data.port(port)))
          .ending(new Expression.Redirect(REGISTER));
    }

    /// `counter name "…"`
    public Rule count(String counter) {
      return ending(new Expression.NamedCounter(counter));
    }

    /// `add @… { ip daddr . tcp dport counter }`, of a TCP packet whose family is known.
    public Rule countDestination(Family family, String set) {
      return add(destination(family, REGISTER))
          .add(destinationPort(family == Family.IPV4 ? SECOND_QUARTER : SECOND_REGISTER))
          .ending(new Expression.AddToSet(set, REGISTER, true));
    }

    /// Any other end.
    public Rule ending(Expression last) {
      return new Rule(add(last).expressions);
    }

    private Builder meta(int key, Data value) {
      return add(new Expression.Meta(key, REGISTER))
          .add(new Expression.Compare(REGISTER, Expression.Compare.EQUAL, value));
    }

    private static Expression destination(Family family, int register) {
      return new Expression.Payload(
          Expression.Payload.NETWORK_HEADER, family.offset, family.length, register);
    }

    private static Expression destinationPort(int register) {
      return new Expression.Payload(Expression.Payload.TRANSPORT_HEADER, PORT_OFFSET, 2, register);
    }

    private Builder add(Expression expression) {
      expressions.add(expression);
      return this;
    }
  }
}
