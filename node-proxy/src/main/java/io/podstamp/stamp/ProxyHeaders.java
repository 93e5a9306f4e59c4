package io.podstamp.stamp;

import io.podstamp.config.Cidr;
import io.podstamp.config.OwnHeader;
import io.podstamp.config.ProxyRule;
import io.podstamp.config.ProxyTlv;
import io.podstamp.metrics.ConnectionIds;
import io.podstamp.pod.PodIdentity;
import io.podstamp.proxyprotocol.ProxyHeader;
import io.podstamp.proxyprotocol.Tlv;
import io.podstamp.proxyprotocol.TlvArea;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The headers of the PROXY protocol with which connections of one Pod begin, but for what each
/// connection has of its own: made once per Pod, read by its event loops.
public final class ProxyHeaders {
  /// Of a Pod whose connections begin with none.
  public static final ProxyHeaders NONE = new ProxyHeaders(List.of());

  /// As long as that of any connection.
  private static final Tlv SOME_ID = Tlv.of(Tlv.UNIQUE_ID, "0".repeat(ConnectionIds.LENGTH));

  private final List<Rendered> rules;

  private ProxyHeaders(List<Rendered> rules) {
    this.rules = rules;
  }

  /// One rule's.
  ///
  /// @param unknown names of the TLVs that are not sent since a placeholder is not known
  public record Rendered(ProxyRule rule, List<String> unknown, TlvArea ipv4, TlvArea ipv6) {
    /// What becomes of one that the application sends itself.
    public OwnHeader own() {
      return rule.mode();
    }

    /// The TLVs of the rule's destinations: those of IPv6, whose addresses take more, if it has
    /// any.
    public TlvArea area() {
      return rule.destinations().stream().allMatch(Cidr::isIpv4) ? ipv4 : ipv6;
    }

    /// The TLVs of a connection, without what is its own.
    public TlvArea area(InetSocketAddress source, InetSocketAddress destination) {
      return ProxyHeader.isIpv4(source, destination) ? ipv4 : ipv6;
    }

    /// The header of a connection, as bytes.
    ///
    /// @param id its name in the connection log
    public byte[] header(InetSocketAddress source, InetSocketAddress destination, String id) {
      List<Tlv> tlvs =
          area(source, destination).kept().stream()
              .map(tlv -> tlv.type() == Tlv.UNIQUE_ID ? Tlv.of(Tlv.UNIQUE_ID, id) : tlv)
              .toList();
      return new ProxyHeader(source, destination, tlvs).toBytes();
    }
  }

  /// Renders the rules for a Pod.
  public static ProxyHeaders render(List<ProxyRule> rules, PodIdentity pod) {
    return rules.isEmpty()
        ? NONE
        : new ProxyHeaders(rules.stream().map(rule -> render(rule, pod)).toList());
  }

  private static Rendered render(ProxyRule rule, PodIdentity pod) {
    List<Tlv> tlvs = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (ProxyTlv wanted : rule.tlvs()) {
      switch (wanted) {
        case ProxyTlv.Text(int type, var template) -> {
          String value = ValueRenderer.render(template, pod);
          if (value == null) {
            unknown.add(Tlv.name(type));
          } else {
            tlvs.add(Tlv.of(type, value));
          }
        }
        case ProxyTlv.Made made ->
            tlvs.add(
                switch (made) {
                  case UNIQUE_ID -> SOME_ID;
                  case CRC32C -> Tlv.checksum();
                });
      }
    }
    int most = rule.receiver().mostTlvs();
    return new Rendered(rule, unknown, TlvArea.of(tlvs, most, true), TlvArea.of(tlvs, most, false));
  }

  /// All of them, in the order in which they are asked.
  public List<Rendered> rules() {
    return rules;
  }

  /// That of a connection to there; null if it begins with none. Ports are looked at first, so that
  /// one to another port costs nothing.
  public @Nullable Rendered towards(InetSocketAddress destination) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).rule().isFor(destination)) {
        return rules.get(i);
      }
    }
    return null;
  }
}
