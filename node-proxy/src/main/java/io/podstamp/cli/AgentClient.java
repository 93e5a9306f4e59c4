package io.podstamp.cli;

import io.podstamp.admin.PodsPage;
import io.podstamp.explain.Explanation;
import io.podstamp.handover.NodeLock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The agent on this node, for the sub-commands that ask it something.
final class AgentClient {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = Defaults.ADMIN,
      description = "Where the agent answers (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress admin;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  AgentClient() {}

  /// Where it should answer.
  InetSocketAddress address() {
    return admin;
  }

  static Explanation explanation(String json) {
    return JSON.readValue(json, Explanation.class);
  }

  String explainJson(String pod) throws IOException {
    return get("/explain?pod=" + URLEncoder.encode(pod, StandardCharsets.UTF_8));
  }

  static List<PodsPage.Row> pods(JsonNode json) {
    return List.of(JSON.treeToValue(json, PodsPage.Row[].class));
  }

  /// A page of JSON.
  JsonNode page(String path) throws IOException {
    return JSON.readTree(get(path));
  }

  /// An agent that stands by does not answer, and neither does one that hangs.
  private static String whyNot() throws IOException {
    String holder = NodeLock.holder(Path.of(Defaults.STATE_DIR));
    return holder == null
        ? "maybe it does not run on this node"
        : holder + " serves this node; one that was started beside it stands by";
  }

  String get(String path) throws IOException {
    String host = admin.getAddress().getHostAddress();
    URI uri =
        URI.create(
            "http://"
                + (host.contains(":") ? "[" + host + "]" : host)
                + ":"
                + admin.getPort()
                + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
              BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(
            uri + " answered " + answer.statusCode() + " (expected: the admin port of the agent)");
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ConnectException e) {
      throw new IOException(
          "the agent does not answer at " + uri.getAuthority() + " (" + whyNot() + ")", e);
    }
  }
}
