package io.podstamp.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How `proxyProtocol` is read. A mistake is reported to the document; what is returned then is not
/// complete.
final class ProxySettings {
  private static final List<String> KEYS =
      List.of("destinations", "ports", "receiver", "tlvs", "mode", "onMissing");
  private static final String A_LIST =
      "a list such as [{destinations: [\"192.0.2.1\"], ports: [443], receiver: nginx}]";
  private static final String A_TYPE = "0xE0 to 0xEF, uniqueId, authority or crc32c";
  private static final String NOT_EVERYWHERE =
      "the receivers' addresses; whoever does not expect the header ends the connection";
  private static final Pattern CUSTOM = Pattern.compile("0[xX][eE][0-9a-fA-F]");

  /// Each has sets of its own in the rules of every Pod.
  private static final int MOST_RULES = 32;

  private ProxySettings() {}

  static List<ProxyRule> rules(Document document) {
    List<ProxyRule> rules = new ArrayList<>();
    List<Document> elements = document.elements(A_LIST);
    if (elements.size() > MOST_RULES) {
      document.problems().add(document.name(), elements.size() + " rules", "32 at most");
    }
    for (Document element : elements) {
      if (element.isMapping()) {
        rules.add(rule(element));
      } else {
        element.reject("a mapping such as {destinations: [\"192.0.2.1\"], ports: [443]}");
      }
    }
    return rules;
  }

  private static ProxyRule rule(Document document) {
    Map<String, Document> members = document.members(document.name() + ".", KEYS);
    Document receiver = members.get("receiver");
    Receiver named = receiver == null ? Receiver.GENERIC : receiver(receiver);
    Document tlvs = members.get("tlvs");
    Document mode = members.get("mode");
    Document onMissing = members.get("onMissing");
    return new ProxyRule(
        blocks(document.member(members, "destinations"), NOT_EVERYWHERE),
        Settings.ports(document.member(members, "ports")),
        named,
        tlvs == null ? named.tlvs() : tlvs(tlvs),
        mode == null ? OwnHeader.SET : mode.choice(OwnHeader.class, OwnHeader.SET),
        onMissing == null ? OnMissing.OPEN : onMissing.choice(OnMissing.class, OnMissing.OPEN));
  }

  private static Receiver receiver(Document document) {
    String known = "one of " + String.join(", ", Receiver.labels());
    String label = document.text(known);
    Optional<Receiver> receiver = label == null ? Optional.empty() : Receiver.of(label);
    if (label != null && receiver.isEmpty()) {
      document.reject(known);
    }
    return receiver.orElse(Receiver.GENERIC);
  }

  /// At least one block, none of them everywhere.
  ///
  /// @param notEverywhere what is expected instead of every address
  static List<Cidr> blocks(Document document, String notEverywhere) {
    List<Cidr> blocks = Settings.blocks(document);
    if (document.isList() && blocks.isEmpty() && document.problems().isEmpty()) {
      document.reject("at least one address block");
    }
    for (Cidr block : blocks) {
      String wrong = wrong(block, notEverywhere);
      if (wrong != null) {
        document.problems().add(document.name(), "'" + block + "'", wrong);
      }
    }
    return blocks;
  }

  /// What is wrong with such a destination: what was expected; null if nothing is.
  private static @Nullable String wrong(Cidr block, String notEverywhere) {
    if (block.prefix() == 0) {
      return notEverywhere;
    }
    for (Cidr never : Destinations.ALWAYS_EXCLUDED) {
      if (never.contains(block.address()) && never.prefix() <= block.prefix()) {
        return "a destination that can be captured; " + never + " never is";
      }
    }
    return null;
  }

  private static List<ProxyTlv> tlvs(Document document) {
    List<ProxyTlv> tlvs = new ArrayList<>();
    for (Document member : document.members("a mapping such as {0xE1: \"{pod.name}\"}")) {
      String key = member.name().substring(document.name().length() + 1);
      ProxyTlv tlv = tlv(key, member);
      if (tlv != null) {
        tlvs.add(tlv);
      }
    }
    return tlvs;
  }

  private static @Nullable ProxyTlv tlv(String key, Document member) {
    return switch (key) {
      case "uniqueId" -> made(ProxyTlv.Made.UNIQUE_ID, member);
      case "crc32c" -> made(ProxyTlv.Made.CRC32C, member);
      case "authority" -> text(ProxyTlv.AUTHORITY, member);
      default -> {
        if (CUSTOM.matcher(key).matches()) {
          yield text(Integer.decode(key.toLowerCase(Locale.ROOT)), member);
        }
        member.problems().add(member.name(), "unknown TLV (expected: " + A_TYPE + ")");
        yield null;
      }
    };
  }

  private static @Nullable ProxyTlv made(ProxyTlv made, Document member) {
    return member.truth().orElse(false) ? made : null;
  }

  private static @Nullable ProxyTlv text(int type, Document member) {
    ValueTemplate value = Settings.value(member);
    return value == null ? null : new ProxyTlv.Text(type, value);
  }

  /// The annotation: `192.0.2.1:443,[2001:db8::1]:443`.
  static List<ProxyDestination> destinationsWithCommas(
      String name, String text, Problems problems) {
    List<ProxyDestination> destinations = new ArrayList<>();
    String[] parts = text.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      Document part = Document.ofText(name + "[" + i + "]", parts[i], problems);
      ProxyDestination destination = part.parsed(parts[i].strip(), ProxyDestination::parse);
      if (destination != null) {
        String wrong = wrong(destination.block(), NOT_EVERYWHERE);
        if (wrong == null) {
          destinations.add(destination);
        } else {
          part.reject(wrong);
        }
      }
    }
    return destinations;
  }
}
