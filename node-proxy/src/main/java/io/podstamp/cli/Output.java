package io.podstamp.cli;

import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The option that says how an answer is printed.
final class Output {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Option(
      names = {"--output", "-o"},
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "table")
  private OutputFormat format;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  Output() {}

  OutputFormat format() {
    return format;
  }

  boolean isJson() {
    return format == OutputFormat.json;
  }

  /// JSON in one line for programs, in many for people.
  static String json(JsonNode content, Terminal terminal) {
    return terminal.interactive()
        ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content)
        : JSON.writeValueAsString(content);
  }

  /// The same for what somebody else wrote.
  static String json(String content, Terminal terminal) {
    return json(JSON.readTree(content), terminal);
  }
}
