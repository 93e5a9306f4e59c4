package io.podstamp.token;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What agents and their signer say to each other: a JSON document each way, over HTTPS. An agent
/// asks for several tokens at once, and each is signed or refused by itself.
///
///     POST /v1/tokens   {"tokens": [{"namespace": …, "pod": …, "uid": …, "audience": …}, …]}
///     200               {"tokens": [{"token": …}, {"refused": …}, …]}     in the same order
///     401, 403, 503     a line of text that says why
public final class SignerMessages {
  /// Where a signer is asked.
  public static final String PATH = "/v1/tokens";

  /// `aud` of the ServiceAccount tokens by which agents are known.
  public static final String AUDIENCE = "podstamp-signer";

  /// In one request.
  public static final int MOST_TOKENS = 500;

  /// What so many take with the longest names that there are.
  public static final int MOST_BYTES = 512 << 10;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String TOKENS = "tokens";

  private SignerMessages() {}

  /// A token that an agent wants.
  public record Wanted(String namespace, String pod, String uid, String audience) {
    @Override
    public String toString() {
      return namespace + "/" + pod + " for " + audience;
    }
  }

  /// What comes of it.
  public sealed interface Answer {}

  /// It is signed.
  public record Signed(String token) implements Answer {}

  /// It is not.
  ///
  /// @param why in one clause
  public record Refused(String why) implements Answer {}

  /// What an agent sends.
  public static byte[] request(List<Wanted> wanted) {
    return JSON.writeValueAsBytes(
        Map.of(
            TOKENS,
            wanted.stream()
                .map(
                    one -> {
                      Map<String, String> members = new LinkedHashMap<>();
                      members.put("namespace", one.namespace);
                      members.put("pod", one.pod);
                      members.put("uid", one.uid);
                      members.put("audience", one.audience);
                      return members;
                    })
                .toList()));
  }

  /// Reads it.
  ///
  /// @throws IllegalArgumentException with one clause
  public static List<Wanted> readRequest(byte[] content) {
    List<Wanted> wanted = new ArrayList<>();
    for (JsonNode one : tokens(content)) {
      wanted.add(
          new Wanted(
              text(one, "namespace"), text(one, "pod"), text(one, "uid"), text(one, "audience")));
    }
    return wanted;
  }

  /// What a signer answers.
  public static byte[] answer(List<Answer> answers) {
    return JSON.writeValueAsBytes(
        Map.of(
            TOKENS,
            answers.stream()
                .map(
                    answer ->
                        switch (answer) {
                          case Signed signed -> Map.of("token", signed.token);
                          case Refused refused -> Map.of("refused", refused.why);
                        })
                .toList()));
  }

  /// Reads it.
  ///
  /// @throws IllegalArgumentException with one clause
  public static List<Answer> readAnswer(byte[] content) {
    List<Answer> answers = new ArrayList<>();
    for (JsonNode one : tokens(content)) {
      answers.add(
          one.has("token") ? new Signed(text(one, "token")) : new Refused(text(one, "refused")));
    }
    return answers;
  }

  private static List<JsonNode> tokens(byte[] content) {
    try {
      JsonNode list = JSON.readTree(content).path(TOKENS);
      if (!list.isArray() || list.size() > MOST_TOKENS) {
        throw new IllegalArgumentException("no list of 500 tokens or less");
      }
      return list.valueStream().toList();
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
  }

  private static String text(JsonNode mapping, String key) {
    JsonNode member = mapping.path(key);
    if (!member.isString()) {
      throw new IllegalArgumentException("no " + key);
    }
    return member.stringValue();
  }
}
