package io.podstamp.doctor;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Whose address a gateway believes, of a request that comes from this Node: an endpoint behind it
/// answers with the address that it takes for the client's. The request is sent by this process, as
/// itself; what it claims in X-Forwarded-For is what podstamp would write for a Pod.
///
/// @param echo whose answer has the address, as text, somewhere in its first 64 KiB
/// @param pod an address of the Pods' block
public record GatewayCheck(URI echo, InetAddress pod) {
  private static final String NAME = "gateway";
  private static final String LIST = "X-Forwarded-For";

  /// Of the block of 6to4 relays, which is nobody's any more (RFC 7526). Some receivers prefer
  /// addresses that are routed globally, which those for documentation are not.
  private static final String FORGED = "192.88.99.66";

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final int MOST_CHARACTERS = 64 << 10;

  /// Names that some receivers prefer to X-Forwarded-For (docs/gateway.md), each with a value that
  /// says [#FORGED].
  private static final Map<String, String> COMPANIONS =
      Map.of(
          "Forwarded", "for=" + FORGED,
          "X-Real-IP", FORGED,
          "X-Client-IP", FORGED,
          "True-Client-IP", FORGED,
          "CF-Connecting-IP", FORGED);

  /// Asks it; an endpoint that does not answer is a finding too.
  public List<Finding> look() {
    try {
      return tryToLook();
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      return List.of(
          Finding.fail(
              NAME,
              "%s gave no address: %s".formatted(echo, reason),
              "name an endpoint that can be reached from this Node, and that answers with the client's address"));
    }
  }

  private List<Finding> tryToLook() throws IOException {
    String address = NetUtil.toAddressString(pod);
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(LONGEST_WAIT).build()) {
      String set = ask(client, Map.of(LIST, address));
      if (!names(set, address)) {
        return List.of(
            Finding.fail(
                NAME,
                "%s did not take %s, the only element of %s, for the client's address: it answered '%s'"
                    .formatted(echo, address, LIST, cut(set)),
                "let it trust the Nodes' addresses, this Node's among them, and read "
                    + LIST
                    + ": docs/gateway.md"));
      }
      List<Finding> findings = new ArrayList<>();
      findings.add(list(client, address));
      List<String> preferred = new ArrayList<>();
      for (Map.Entry<String, String> companion : new TreeMap<>(COMPANIONS).entrySet()) {
        String answer =
            ask(client, Map.of(LIST, address, companion.getKey(), companion.getValue()));
        if (!names(answer, address)) {
          preferred.add(companion.getKey());
        }
      }
      if (!preferred.isEmpty()) {
        String names = String.join(", ", preferred);
        findings.add(
            Finding.warn(
                NAME,
                "%s prefers %s to %s: any Pod can forge its address there"
                    .formatted(echo, names, LIST),
                "removeAlso: [" + names + "] in podstamp's config file"));
      }
      return findings;
    }
  }

  private Finding list(HttpClient client, String address) throws IOException {
    String forged = FORGED + ", " + address;
    String answer = ask(client, Map.of(LIST, forged));
    if (names(answer, address) && !names(answer, FORGED)) {
      return Finding.ok(
          NAME,
          "%s took %s for the client's address, behind a forged element too"
              .formatted(echo, address));
    }
    return Finding.warn(
        NAME,
        "%s took '%s' for the client's address, of %s: %s; it takes the leftmost element, or trusts the Pods' addresses"
            .formatted(echo, cut(answer), LIST, forged),
        "let it trust the Nodes' addresses only, never a block with the Pods in it, and keep mode set: docs/gateway.md");
  }

  private String ask(HttpClient client, Map<String, String> headers) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(echo).timeout(LONGEST_WAIT);
    headers.forEach(request::header);
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException("it answered " + answer.statusCode() + " (expected: 200)");
      }
      String body = answer.body();
      return body.substring(0, Math.min(body.length(), MOST_CHARACTERS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// Whether the address stands in the text by itself, and not as part of another one; a port
  /// behind an address of IPv4 is no part of it.
  private static boolean names(String text, String address) {
    return Pattern.compile(
            "(?<![%1$s.])%2$s(?![%1$s]|\\.[0-9])"
                .formatted(address.contains(":") ? "0-9a-f:" : "0-9", Pattern.quote(address)),
            Pattern.CASE_INSENSITIVE)
        .matcher(text)
        .find();
  }

  private static String cut(String answer) {
    String line = answer.strip();
    return line.length() <= 200 ? line : line.substring(0, 200) + "…";
  }
}
