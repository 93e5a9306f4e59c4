package io.podstamp.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How `identity` is read. A mistake is reported to the document; what is returned then is not
/// complete.
final class TokenReading {
  private static final String KEY_FILE = "keyFile";
  private static final String SIGNER = "signer";
  private static final List<String> KEYS = List.of("issuer", "header", "rules", KEY_FILE, SIGNER);
  private static final List<String> SIGNER_KEYS = List.of("url", "folder");
  private static final String A_KEY_FILE = "the absolute path of a PEM file with a private key";
  private static final String A_URL =
      "https:// and a host, such as https://podstamp-signer.podstamp.svc";
  private static final List<String> RULE_KEYS = List.of("destinations", "ports", "audience");
  private static final String A_RULE =
      "{destinations: [\"192.0.2.10\"], ports: [80], audience: orders-gateway}";
  private static final String AN_AUDIENCE =
      "the one receiver's name, such as orders-gateway: 1 to 255 characters of ASCII, no space and no *";
  private static final String AN_ISSUER =
      "the name by which receivers know who signs, such as https://podstamp.shop.example: 1 to 255"
          + " characters of ASCII, no space and no *";
  private static final String NOT_FOREIGN =
      "a name that no API server and no cloud's token service takes for its own";
  private static final int LONGEST_NAME = 255;
  private static final int MOST_RULES = 32;

  /// An application's own credentials, which are not ours to remove.
  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "proxy-authorization", "cookie");

  private TokenReading() {}

  static @Nullable TokenSettings settings(Document document) {
    Map<String, Document> members = document.members(document.name() + ".", KEYS);
    Document header = members.get("header");
    String issuer = name(document.member(members, "issuer"), AN_ISSUER);
    String name = header == null ? TokenSettings.HEADER : header(header);
    List<TokenRule> rules = rules(document.member(members, "rules"));
    TokenSource source = source(document, members);
    return issuer == null || name == null || source == null
        ? null
        : new TokenSettings(issuer, name, rules, source);
  }

  private static @Nullable String header(Document document) {
    String name = Settings.name(document);
    if (name != null && CREDENTIALS.contains(HeaderNames.folded(name))) {
      document.reject("a header of its own; an application's credentials stay as they are");
      return null;
    }
    return name;
  }

  private static @Nullable TokenSource source(Document document, Map<String, Document> members) {
    Document signer = members.get(SIGNER);
    if (signer != null && members.containsKey(KEY_FILE)) {
      signer.reject("keyFile or signer, not both");
      return null;
    }
    if (signer != null) {
      return signer(signer);
    }
    Document keyFile = document.member(members, KEY_FILE);
    Path path =
        path(keyFile, members.containsKey(KEY_FILE) ? A_KEY_FILE : A_KEY_FILE + ", or signer");
    return path == null ? null : new TokenSource.OfFile(path);
  }

  private static @Nullable TokenSource signer(Document document) {
    if (!document.isMapping()) {
      document.reject("a mapping such as {url: https://podstamp-signer.podstamp.svc}");
      return null;
    }
    Map<String, Document> members = document.members(document.name() + ".", SIGNER_KEYS);
    Document folder = members.get("folder");
    URI url = url(document.member(members, "url"));
    Path path =
        folder == null
            ? TokenSource.SIGNER_FOLDER
            : path(folder, "the absolute path of the folder with token and ca.crt");
    return url == null || path == null ? null : new TokenSource.OfSigner(url, path);
  }

  /// No scheme but one that proves who answers: what is sent there is an agent's credential.
  private static @Nullable URI url(Document document) {
    String text = document.text(A_URL);
    if (text == null) {
      return null;
    }
    try {
      URI url = new URI(text);
      if ("https".equals(url.getScheme())
          && url.getHost() != null
          && url.getRawUserInfo() == null
          && url.getRawPath().matches("/?")
          && url.getRawQuery() == null
          && url.getRawFragment() == null) {
        return url.resolve("/");
      }
    } catch (URISyntaxException e) {
      // said below
    }
    document.reject(A_URL);
    return null;
  }

  private static @Nullable Path path(Document document, String expected) {
    String text = document.text(expected);
    if (text == null) {
      return null;
    }
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      document.reject(expected);
      return null;
    }
    return Path.of(text);
  }

  private static List<TokenRule> rules(Document document) {
    List<TokenRule> rules = new ArrayList<>();
    List<Document> elements = document.elements("a list such as [" + A_RULE + "]");
    if (document.isList() && (elements.isEmpty() || elements.size() > MOST_RULES)) {
      document.problems().add(document.name(), elements.size() + " rules", "1 to 32");
    }
    for (Document element : elements) {
      if (element.isMapping()) {
        TokenRule rule = rule(element);
        if (rule != null) {
          rules.add(rule);
        }
      } else {
        element.reject("a mapping such as " + A_RULE);
      }
    }
    return rules;
  }

  private static @Nullable TokenRule rule(Document document) {
    Map<String, Document> members = document.members(document.name() + ".", RULE_KEYS);
    List<Cidr> destinations =
        ProxySettings.blocks(
            document.member(members, "destinations"),
            "the receivers' addresses; whoever gets a token can show it to another receiver");
    List<Integer> ports = Settings.ports(document.member(members, "ports"));
    String audience = name(document.member(members, "audience"), AN_AUDIENCE);
    return audience == null ? null : new TokenRule(destinations, ports, audience);
  }

  private static @Nullable String name(Document document, String expected) {
    String name = document.text(expected);
    if (name == null) {
      return null;
    }
    if (name.isEmpty()
        || name.length() > LONGEST_NAME
        || !name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '*' && c != '"' && c != '\\')) {
      document.reject(expected);
      return null;
    }
    if (ForeignAudiences.has(name)) {
      document.reject(NOT_FOREIGN);
      return null;
    }
    return name;
  }

  /// Nothing else may write the header.
  static void checkAlone(TokenSettings settings, Config config, Problems problems) {
    String folded = HeaderNames.folded(settings.header());
    boolean taken =
        config.headers().stream().anyMatch(rule -> HeaderNames.folded(rule.name()).equals(folded));
    if (taken) {
      problems.add(
          "identity.header",
          "'" + settings.header() + "'",
          "a name that headers does not have; many servers take one for the other");
    }
  }
}
