package io.podstamp.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the annotations of one Namespace or Pod say. A broken annotation disables nothing: it is as
/// if it were not there, and its problem is told.
///
/// One thing may be said by a label too, so that it can be selected: [#ENABLED]. Labels of ours are
/// kept among the annotations, under keys that no annotation has ([#withLabels]).
///
/// @param enabledByLabel what the label says, whatever the annotation does
/// @param headers instead of the configured ones, not beside them; so `removeAlso`
/// @param proxyProtocol beside the configured ones: an annotation adds destinations
public record Annotations(
    Optional<Enablement> enabled,
    Optional<Enablement> enabledByLabel,
    Optional<List<Integer>> ports,
    Optional<List<HeaderRule>> headers,
    Optional<List<String>> removeAlso,
    Optional<Profile> profile,
    Optional<Connect> connect,
    Optional<List<ProxyDestination>> proxyProtocol,
    List<String> problems) {

  /// The prefix of every key that is ours.
  public static final String PREFIX = "podstamp.io/";

  public static final String ENABLED = PREFIX + "enabled";
  public static final String PORTS = PREFIX + "ports";
  public static final String HEADERS = PREFIX + "headers";
  public static final String REMOVE_ALSO = PREFIX + "remove-also";
  public static final String PROFILE = PREFIX + "profile";
  public static final String CONNECT = PREFIX + "connect";

  public static final String PROXY_PROTOCOL = PREFIX + "proxy-protocol";

  /// Written by us, never read.
  public static final String STATUS = PREFIX + "status";

  /// Before the key of a label of ours; no key of an annotation has a blank.
  public static final String LABEL = "label ";

  public static final String ENABLED_LABEL = LABEL + ENABLED;

  /// On a Namespace: its Pods may say what `daemonset/admission` else leaves to the Namespace.
  static final String MAY_OVERRIDE_LABEL = LABEL + PREFIX + "pods-may-override";

  private static final List<String> KEYS_OF_LABELS = List.of(ENABLED_LABEL, MAY_OVERRIDE_LABEL);

  /// The annotations that may be written.
  public static final List<String> KEYS =
      List.of(ENABLED, PORTS, HEADERS, REMOVE_ALSO, PROFILE, CONNECT, PROXY_PROTOCOL);

  private static final List<String> MENDED =
      Stream.concat(KEYS.stream(), Stream.of(ENABLED_LABEL)).toList();

  public Annotations {
    ports = ports.map(list -> list.stream().distinct().sorted().toList());
    headers = headers.map(List::copyOf);
    removeAlso = removeAlso.map(List::copyOf);
    proxyProtocol = proxyProtocol.map(List::copyOf);
    problems = List.copyOf(problems);
  }

  /// The annotations of a Namespace or Pod, and beside them the labels that are ours.
  public static Map<String, String> withLabels(
      Map<String, String> annotations, Map<String, String> labels) {
    Map<String, String> all = new HashMap<>(annotations);
    labels.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            all.put(LABEL + key, value);
          }
        });
    return all;
  }

  /// What is said of enablement, the annotation before the label.
  public Optional<Enablement> enabledByEither() {
    return enabled.or(() -> enabledByLabel);
  }

  /// Reads the keys that are ours and leaves all others alone.
  public static Annotations parse(Map<String, String> annotations) {
    List<String> problems = new ArrayList<>();
    for (String key : new TreeMap<>(annotations).keySet()) {
      if (key.startsWith(PREFIX) && !KEYS.contains(key) && !key.equals(STATUS)) {
        problems.add(key + ": unknown annotation (expected: " + Document.hint(key, KEYS) + ")");
      } else if (key.startsWith(LABEL + PREFIX) && !KEYS_OF_LABELS.contains(key)) {
        problems.add(
            key + ": not read (expected: an annotation; only " + ENABLED + " may be a label)");
      }
    }
    return new Annotations(
        read(annotations, ENABLED, Annotations::enablement, problems),
        read(annotations, ENABLED_LABEL, Annotations::enablement, problems),
        read(annotations, PORTS, Settings::portsWithCommas, problems),
        read(annotations, HEADERS, Annotations::headerRules, problems),
        read(annotations, REMOVE_ALSO, Settings::namesWithCommas, problems),
        read(annotations, PROFILE, Annotations::profileChoice, problems),
        read(annotations, CONNECT, Annotations::connectChoice, problems),
        read(annotations, PROXY_PROTOCOL, ProxySettings::destinationsWithCommas, problems),
        problems);
  }

  /// The annotations with what each broken one of ours said before it broke, so that a typing error
  /// changes nothing that works. What was never right stays as it is.
  ///
  /// @param before what this method returned the last time; empty at first
  public static Map<String, String> mend(
      Map<String, String> annotations, Map<String, String> before) {
    Map<String, String> mended = new HashMap<>(annotations);
    for (String key : MENDED) {
      String text = annotations.get(key);
      String earlier = before.get(key);
      if (text != null && earlier != null && !parse(Map.of(key, text)).problems().isEmpty()) {
        mended.put(key, earlier);
      }
    }
    return Map.copyOf(mended);
  }

  private interface Reader<T> {
    T read(String name, String text, Problems problems);
  }

  private static <T> Optional<T> read(
      Map<String, String> annotations, String key, Reader<T> reader, List<String> problems) {
    String text = annotations.get(key);
    if (text == null) {
      return Optional.empty();
    }
    Problems found = new Problems();
    T value = reader.read(key, text, found);
    problems.addAll(found.list());
    return found.isEmpty() ? Optional.of(value) : Optional.empty();
  }

  private static Enablement enablement(String name, String text, Problems problems) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> Enablement.ENABLED;
      case "shadow" -> Enablement.SHADOW;
      case "false" -> Enablement.DISABLED;
      default -> {
        problems.add(name, "'" + text + "'", "true, false or shadow");
        yield Enablement.DISABLED;
      }
    };
  }

  private static List<HeaderRule> headerRules(String name, String text, Problems problems) {
    Document document = Document.parse(name, text, problems);
    return problems.isEmpty() ? Settings.headers(document) : List.of();
  }

  private static Profile profileChoice(String name, String text, Problems problems) {
    return Document.ofText(name, text, problems).choice(Profile.class, Profile.TRANSPARENT);
  }

  private static Connect connectChoice(String name, String text, Problems problems) {
    return Document.ofText(name, text, problems).choice(Connect.class, Connect.TRUE);
  }
}
