package io.podstamp.config;

import java.util.List;

/// A configuration with mistakes in it: all of them, one a line, each `name: value (expected: …)`.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigException(String source, List<String> problems) {
    super(source + ":\n  " + String.join("\n  ", problems));
  }

  ConfigException(String message) {
    super(message);
  }

  ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
