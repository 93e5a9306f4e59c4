package io.podstamp.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.podstamp.cni.CniVersion;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A network configuration list as text, and the same text with our entry or without it. CNI spec
/// 1.1.0, section 1, "Configuration format".
///
/// Nothing is parsed and written again: bytes are put in or cut out, so that all others stay what
/// they were, and cutting out what was put in gives the text of before.
final class Conflist {
  /// More indentation than anybody uses; longer runs of blanks are not repeated.
  private static final int LONGEST_INDENT = 200;

  private final byte[] text;
  private final Map<String, JsonSpan> members;
  private final List<JsonSpan> plugins;

  private Conflist(byte[] text, Map<String, JsonSpan> members, List<JsonSpan> plugins) {
    this.text = text;
    this.members = members;
    this.plugins = plugins;
  }

  /// Reads a `.conflist`.
  static Conflist parse(byte[] text) throws UnusableException {
    JsonSpan all = JsonSpan.of(text);
    if (!all.isObject()) {
      throw new UnusableException(all + " (expected: an object)");
    }
    Map<String, JsonSpan> members = all.members();
    requireNetwork(members, versions(members.get("cniVersions")));
    JsonSpan list = members.get("plugins");
    if (list == null || !list.isArray()) {
      throw new UnusableException(
          "plugins: " + (list == null ? "missing" : list) + " (expected: an array of objects)");
    }
    List<JsonSpan> plugins = list.elements();
    for (JsonSpan plugin : plugins) {
      if (!plugin.isObject()) {
        throw new UnusableException("plugins: " + plugin + " (expected: an object)");
      }
    }
    return new Conflist(text, members, plugins);
  }

  /// Makes a list of a single configuration (`.conf`, `.json`), which stands in it as it was, with
  /// the name and version it had.
  static byte[] wrap(byte[] text) throws UnusableException {
    JsonSpan conf = JsonSpan.of(text);
    if (!conf.isObject()) {
      throw new UnusableException(conf + " (expected: an object)");
    }
    Map<String, JsonSpan> members = conf.members();
    JsonSpan type = members.get("type");
    if (type == null || type.string() == null) {
      throw new UnusableException(
          "type: "
              + (type == null ? "missing" : type)
              + " (expected: the name of a plugin; a list of plugins has a name that ends in"
              + " .conflist)");
    }
    requireNetwork(members, List.of()); // a single one has one version
    ByteArrayOutputStream list = new ByteArrayOutputStream(text.length + 200);
    put(list, "{\n  \"cniVersion\": " + members.get("cniVersion") + ",\n");
    put(list, "  \"name\": " + members.get("name") + ",\n  \"plugins\": [\n    ");
    list.write(text, conf.from(), conf.to() - conf.from());
    put(list, "\n  ]\n}\n");
    return list.toByteArray();
  }

  /// `cniVersions` (CNI spec 1.1.0, section 1); none if it is no list of texts.
  private static List<String> versions(@Nullable JsonSpan list) throws UnusableException {
    List<String> versions = new ArrayList<>();
    if (list != null && list.isArray()) {
      for (JsonSpan each : list.elements()) {
        String version = each.string();
        if (version != null) {
          versions.add(version);
        }
      }
    }
    return versions;
  }

  /// Whether runtimes can read it, be its version one that can chain plugins or not (libcni,
  /// `NetworkConfFromBytes`).
  static boolean isReadableList(byte[] text) {
    try {
      Map<String, JsonSpan> members = membersOf(text);
      JsonSpan list = members.get("plugins");
      return isText(members.get("name"))
          && list != null
          && list.isArray()
          && !list.elements().isEmpty()
          && list.elements().stream()
              .allMatch(plugin -> plugin.isObject() && isText(plugin.members().get("type")));
    } catch (UnusableException e) {
      return false;
    }
  }

  /// The same of a single configuration.
  static boolean isReadableSingle(byte[] text) {
    try {
      Map<String, JsonSpan> members = membersOf(text);
      return isText(members.get("name")) && isText(members.get("type"));
    } catch (UnusableException e) {
      return false;
    }
  }

  private static Map<String, JsonSpan> membersOf(byte[] text) throws UnusableException {
    JsonSpan all = JsonSpan.of(text);
    return all.isObject() ? all.members() : Map.of();
  }

  private static boolean isText(@Nullable JsonSpan member) {
    return member != null && member.string() != null;
  }

  private static void put(ByteArrayOutputStream list, String ascii) {
    list.writeBytes(ascii.getBytes(UTF_8));
  }

  /// What the plugin needs of a network. Without it every ADD would fail.
  ///
  /// @param versions further ones, of which runtimes take the highest that they know
  private static void requireNetwork(Map<String, JsonSpan> members, List<String> versions)
      throws UnusableException {
    JsonSpan name = members.get("name");
    if (name == null || name.string() == null) {
      throw new UnusableException(
          "name: " + (name == null ? "missing" : name) + " (expected: the name of the network)");
    }
    JsonSpan version = members.get("cniVersion");
    String text = version == null ? null : version.string();
    boolean isKnown = text != null && CniVersion.of(text) != null;
    if (!isKnown && versions.stream().noneMatch(each -> CniVersion.of(each) != null)) {
      throw new UnusableException(
          "cniVersion: "
              + (version == null ? "missing" : version)
              + " (expected: "
              + CniVersion.EXPECTED
              + ", which can chain plugins)");
    }
  }

  /// The text with our entry behind the others, or with the one there is brought up to date. Where
  /// it stands is not insisted on, as long as another plugin comes first.
  ///
  /// @return the very same array when nothing is to be changed
  byte[] chained(ChainEntry entry) throws UnusableException {
    List<JsonSpan> ours = plugins.stream().filter(Conflist::isOurs).toList();
    if (ours.size() == plugins.size()) {
      throw new UnusableException(
          "plugins: "
              + members.get("plugins")
              + " (expected: another plugin than podstamp, first)");
    }
    if (ours.size() == 1 && !isOurs(plugins.getFirst())) {
      JsonSpan there = ours.getFirst();
      return entry.isSaidBy(there) ? text : spliced(there.from(), there.to(), entry.json());
    }
    Conflist bare = ours.isEmpty() ? this : parse(unchained());
    JsonSpan last = bare.plugins.getLast();
    ByteArrayOutputStream added = new ByteArrayOutputStream();
    added.write(',');
    bare.writeIndent(last.from(), added);
    added.writeBytes(entry.json());
    return bare.spliced(last.to(), last.to(), added.toByteArray());
  }

  /// The text without any entry of ours.
  ///
  /// @return the very same array when there is none
  byte[] unchained() throws UnusableException {
    Conflist bare = this;
    for (int i = plugins.size() - 1; i >= 0; i--) {
      if (isOurs(plugins.get(i))) {
        bare = parse(bare.without(i));
      }
    }
    return bare.text;
  }

  private byte[] without(int index) {
    JsonSpan ours = plugins.get(index);
    if (index > 0) {
      return spliced(plugins.get(index - 1).to(), ours.to(), new byte[0]);
    }
    return spliced(
        ours.from(), plugins.size() > 1 ? plugins.get(1).from() : ours.to(), new byte[0]);
  }

  /// Whether this is what [#wrap] makes of a configuration, with or without our entry.
  boolean wraps(byte[] single) {
    try {
      byte[] bare = unchained();
      return Arrays.equals(bare, wrap(single));
    } catch (UnusableException e) {
      return false;
    }
  }

  private byte[] spliced(int from, int to, byte[] replacement) {
    ByteArrayOutputStream result = new ByteArrayOutputStream(text.length + replacement.length);
    result.write(text, 0, from);
    result.writeBytes(replacement);
    result.write(text, to, text.length - to);
    return result.toByteArray();
  }

  /// The blanks that stand before the plugin at `position`: its line break and indentation.
  private void writeIndent(int position, ByteArrayOutputStream out) {
    int start = position;
    while (start > 0 && " \t\r\n".indexOf(text[start - 1]) >= 0) {
      start--;
    }
    for (int i = position - 1; i >= start; i--) {
      if (text[i] == '\n') {
        start = i > start && text[i - 1] == '\r' ? i - 1 : i;
        break;
      }
    }
    if (position - start <= LONGEST_INDENT) {
      out.write(text, start, position - start);
    }
  }

  private static boolean isOurs(JsonSpan plugin) {
    JsonSpan type = plugin.members().get("type");
    return type != null && ChainEntry.TYPE.equals(type.string());
  }
}
