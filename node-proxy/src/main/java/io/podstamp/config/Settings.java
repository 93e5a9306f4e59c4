package io.podstamp.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// How each setting is read, the same in the config file and in an annotation. A mistake is
/// reported to the document; what is returned then is not complete.
final class Settings {
  private static final String A_PORT = "a port, 1 to 65535";
  private static final String A_BLOCK = "an address block in quotes, such as \"10.0.0.0/8\"";
  private static final String A_VALUE = "text in quotes, such as \"{pod.ip}\"";
  private static final List<String> HEADER_KEYS = List.of("name", "value", "mode");
  private static final List<String> DESTINATION_KEYS =
      List.of("scope", "clusterCidrs", "include", "exclude");

  private static final List<String> LIMIT_KEYS =
      List.of("connections", "bufferedMebibytes", "headerBlockKibibytes");

  /// What a server takes whatever it is told, and as much as one Pod may have buffered.
  private static final int LEAST_BLOCK = 16;

  private static final int MOST_BLOCK = 16 << 10;

  /// More descriptors than any process has (`fs.nr_open`), more memory than any proxy.
  private static final int PLENTY = 1 << 20;

  private static final String AS_APPLICATION = "application";

  private static final ValueTemplate NO_VALUE = new ValueTemplate(List.of());

  private Settings() {}

  static List<Integer> ports(Document document) {
    List<Integer> ports = new ArrayList<>();
    List<Document> elements = document.elements("a list of ports, such as [80, 8080]");
    for (Document element : elements) {
      Integer port = element.number(1, 65535, A_PORT);
      if (port != null) {
        ports.add(port);
      }
    }
    if (elements.isEmpty() && document.isList()) {
      document.reject("at least one port");
    }
    return ports;
  }

  /// The short form of an annotation: `80,8080`.
  static List<Integer> portsWithCommas(String name, String text, Problems problems) {
    List<Integer> ports = new ArrayList<>();
    String[] parts = text.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i].strip();
      Optional<Integer> port = port(part);
      if (port.isPresent()) {
        ports.add(port.get());
      } else {
        problems.add(name + "[" + i + "]", "'" + part + "'", A_PORT);
      }
    }
    return ports;
  }

  /// Empty if it is none.
  static Optional<Integer> port(String text) {
    return text.matches("0*[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65535
        ? Optional.of(Integer.valueOf(text))
        : Optional.empty();
  }

  static List<HeaderRule> headers(Document document) {
    List<HeaderRule> rules = new ArrayList<>();
    Map<String, String> seen = new HashMap<>();
    for (Document element :
        document.elements(
            "a list such as [{name: X-Client-Hostname, value: \"{pod.hostname}\"}]")) {
      HeaderRule rule = header(element);
      if (rule != null) {
        rules.add(rule);
        String before = seen.putIfAbsent(HeaderNames.folded(rule.name()), rule.name());
        if (before != null) {
          element
              .problems()
              .add(
                  element.name() + ".name",
                  "'" + rule.name() + "'",
                  "each name once; many servers take it for " + before + " above");
        }
      }
    }
    return rules;
  }

  private static @Nullable HeaderRule header(Document document) {
    if (!document.isMapping()) {
      document.reject("a mapping such as {name: X-Client-Hostname, value: \"{pod.hostname}\"}");
      return null;
    }
    Map<String, Document> members = document.members(document.name() + ".", HEADER_KEYS);
    Document mode = members.get("mode");
    HeaderMode headerMode =
        mode == null ? HeaderMode.SET : mode.choice(HeaderMode.class, HeaderMode.SET);
    String name = name(document.member(members, "name"));
    ValueTemplate value =
        headerMode == HeaderMode.REMOVE && !members.containsKey("value")
            ? NO_VALUE
            : value(document.member(members, "value"));
    return name == null || value == null ? null : new HeaderRule(name, value, headerMode);
  }

  /// A header's name.
  static @Nullable String name(Document document) {
    String name = document.text("a header name, such as X-Client-Hostname");
    if (name == null) {
      return null;
    }
    if (HeaderNames.isCritical(name)) {
      document.reject("a header that does not frame or route the message");
      return null;
    }
    HeaderRule checked =
        document.parsed(name, text -> new HeaderRule(text, NO_VALUE, HeaderMode.REMOVE));
    return checked == null ? null : checked.name();
  }

  static @Nullable ValueTemplate value(Document document) {
    String text = document.text(A_VALUE);
    if (text == null) {
      return null;
    }
    if (text.isBlank()) {
      document.reject("some text, or mode remove");
      return null;
    }
    return document.parsed(text, ValueTemplate::parse);
  }

  /// Names alone, each once.
  static List<String> names(Document document) {
    List<String> names = new ArrayList<>();
    for (Document element : document.elements("a list such as [X-Real-IP, Forwarded]")) {
      addName(element, names);
    }
    return names;
  }

  /// The short form of an annotation: `X-Real-IP,Forwarded`; empty for none.
  static List<String> namesWithCommas(String name, String text, Problems problems) {
    List<String> names = new ArrayList<>();
    String[] parts = text.isBlank() ? new String[0] : text.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      addName(Document.ofText(name + "[" + i + "]", parts[i], problems), names);
    }
    return names;
  }

  private static void addName(Document document, List<String> names) {
    String name = name(document);
    if (name == null) {
      return;
    }
    if (names.stream().map(HeaderNames::folded).anyMatch(HeaderNames.folded(name)::equals)) {
      document.reject("each name once");
    }
    names.add(name);
  }

  static Destinations destinations(Document document) {
    Map<String, Document> members = document.members(document.name() + ".", DESTINATION_KEYS);
    Document scope = members.get("scope");
    Destinations destinations =
        new Destinations(
            scope == null
                ? Destinations.ALL.scope()
                : scope.choice(Destinations.Scope.class, Destinations.ALL.scope()),
            blocks(members.get("clusterCidrs")),
            blocks(members.get("include")),
            blocks(members.get("exclude")));
    if (scope != null
        && destinations.scope() == Destinations.Scope.OUTSIDE
        && destinations.clusterCidrs().isEmpty()
        && document.problems().isEmpty()) {
      scope.reject("clusterCidrs beside it: outside means not in these");
    }
    return destinations;
  }

  /// The kernel ends nothing before two hours, and sends 127 probes at most: the shortest time that
  /// goes together with both is a minute.
  static int keepAlive(Document document) {
    if (document.isWord(AS_APPLICATION)) {
      return Config.DEFAULT.keepAliveSeconds();
    }
    Integer seconds =
        document.number(60, 7200, AS_APPLICATION + ", or a number of seconds, 60 to 7200");
    return seconds == null ? Config.DEFAULT.keepAliveSeconds() : seconds;
  }

  static Limits limits(Document document) {
    Map<String, Document> members = document.members(document.name() + ".", LIMIT_KEYS);
    Integer connections = count(members.get("connections"), "a number of connections, 1 or more");
    Integer buffered = count(members.get("bufferedMebibytes"), "a number of MiB, 1 or more");
    Document size = members.get("headerBlockKibibytes");
    Integer block =
        size == null ? null : size.number(LEAST_BLOCK, MOST_BLOCK, "a number of KiB, 16 to 16384");
    return new Limits(
        connections == null ? Limits.DEFAULT.connections() : OptionalInt.of(connections),
        buffered == null ? Limits.DEFAULT.bufferedMebibytes() : buffered,
        block == null ? Limits.DEFAULT.headerBlockKibibytes() : block);
  }

  private static @Nullable Integer count(@Nullable Document document, String expected) {
    return document == null ? null : document.number(1, PLENTY, expected);
  }

  static List<Cidr> blocks(@Nullable Document document) {
    List<Cidr> blocks = new ArrayList<>();
    if (document == null) {
      return blocks;
    }
    for (Document element : document.elements("a list such as [\"10.0.0.0/8\"]")) {
      String text = element.text(A_BLOCK);
      Cidr block = text == null ? null : element.parsed(text, Cidr::parse);
      if (block != null) {
        blocks.add(block);
      }
    }
    return blocks;
  }
}
