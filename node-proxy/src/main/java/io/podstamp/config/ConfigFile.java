package io.podstamp.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The config file: YAML, every key optional, everything that is wrong with it reported at once. A
/// file without a character in it is broken: a full disk or a killed editor leaves such files, and
/// nobody writes one on purpose. `{}`, or a comment alone, means the defaults.
public final class ConfigFile {
  private static final Logger log = LoggerFactory.getLogger(ConfigFile.class);

  private static final String IDENTITY = "identity";

  static final List<String> KEYS =
      List.of(
          "ports",
          "headers",
          "removeAlso",
          "podMayOverride",
          "guardAppended",
          "destinations",
          "proxyProtocol",
          IDENTITY,
          "profile",
          "connect",
          "keepAlive",
          "onAgentDown",
          "connectionLog",
          "limits",
          "logLevel");

  /// Accepted by this release and refused by the next: an installed file that has it must not stop
  /// an upgrade.
  private static final String RETIRED = "acceleration";

  private static final List<String> RETIRED_VALUES = List.of("auto", "off");

  private ConfigFile() {}

  /// Reads a file.
  ///
  /// @throws ConfigException if the file cannot be read, or has mistakes in it
  public static Config load(Path file) {
    return parse(file.toString(), new String(read(file), StandardCharsets.UTF_8));
  }

  /// Reads the text of a config file.
  ///
  /// @param source named at the head of the message, usually the file's path
  /// @throws ConfigException with all mistakes in one message
  public static Config parse(String source, String text) {
    return parse(source, text, warning -> log.warn("{}: {}", source, warning));
  }

  /// Reads a file that has `identity` and nothing else, as the config file has it, for a sidecar:
  /// with keys, since a signer answers agents only.
  ///
  /// @throws ConfigException as [#load]
  public static TokenSettings loadIdentity(Path file) {
    String text = new String(read(file), StandardCharsets.UTF_8);
    Problems problems = new Problems();
    Document document = Document.parse("syntax", text, problems);
    Map<String, Document> members = document.members("", List.of(IDENTITY));
    TokenSettings settings =
        TokenReading.settings(
            members.getOrDefault(IDENTITY, new Document(IDENTITY, null, problems)));
    if (settings != null && settings.source() instanceof TokenSource.OfSigner) {
      problems.add(IDENTITY + ".signer", "a signer", "keyFile; a signer answers agents only");
    }
    if (settings == null || !problems.isEmpty()) {
      throw new ConfigException(file.toString(), problems.list());
    }
    return settings;
  }

  /// @param warnings gets what is accepted for now
  static Config parse(String source, String text, Consumer<String> warnings) {
    if (text.isBlank()) {
      throw new ConfigException(source + ": empty (expected: the config; {} means the defaults)");
    }
    Problems problems = new Problems();
    Document document = Document.parse("syntax", text, problems);
    Document retired = document.take(RETIRED);
    if (retired != null && retired.word(RETIRED_VALUES)) {
      warnings.accept(
          RETIRED + ": has no effect and will be refused by the next release; remove it");
    }
    Map<String, Document> members = document.members("", KEYS);
    Config defaults = Config.DEFAULT;
    Document ports = members.get("ports");
    Document headers = members.get("headers");
    Document removeAlso = members.get("removeAlso");
    Document podMayOverride = members.get("podMayOverride");
    Document proxyProtocol = members.get("proxyProtocol");
    Document identity = members.get(IDENTITY);
    Document guardAppended = members.get("guardAppended");
    Document destinations = members.get("destinations");
    Document keepAlive = members.get("keepAlive");
    Document limits = members.get("limits");
    Config config =
        new Config(
            ports == null ? defaults.ports() : Settings.ports(ports),
            headers == null ? defaults.headers() : Settings.headers(headers),
            removeAlso == null ? defaults.removeAlso() : Settings.names(removeAlso),
            podMayOverride == null
                ? defaults.podMayOverride()
                : podMayOverride.truth().orElse(defaults.podMayOverride()),
            guardAppended == null ? defaults.guardAppended() : guardAppended.truth(),
            destinations == null ? defaults.destinations() : Settings.destinations(destinations),
            proxyProtocol == null ? defaults.proxyProtocol() : ProxySettings.rules(proxyProtocol),
            identity == null
                ? defaults.identity()
                : Optional.ofNullable(TokenReading.settings(identity)),
            choice(members, "profile", defaults.profile()),
            choice(members, "connect", defaults.connect()),
            keepAlive == null ? defaults.keepAliveSeconds() : Settings.keepAlive(keepAlive),
            choice(members, "onAgentDown", defaults.onAgentDown()),
            choice(members, "connectionLog", defaults.connectionLog()),
            limits == null ? defaults.limits() : Settings.limits(limits),
            choice(members, "logLevel", defaults.logLevel()));
    config.identity().ifPresent(settings -> TokenReading.checkAlone(settings, config, problems));
    if (!problems.isEmpty()) {
      throw new ConfigException(source, problems.list());
    }
    return config;
  }

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": no such file (expected: the config file)", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read (expected: the config file): " + e, e);
    }
  }

  private static <E extends Enum<E>> E choice(
      Map<String, Document> members, String key, E fallback) {
    Document member = members.get(key);
    return member == null ? fallback : member.choice(fallback.getDeclaringClass(), fallback);
  }
}
