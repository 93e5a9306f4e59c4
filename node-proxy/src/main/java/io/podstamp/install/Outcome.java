package io.podstamp.install;

import java.nio.file.Path;

/// What came of looking at the runtime's network configuration.
public sealed interface Outcome {
  /// It was written.
  record Changed(Path file) implements Outcome {
    @Override
    public String toString() {
      return file + ": changed";
    }
  }

  /// It is as it should be.
  record Unchanged(Path file) implements Outcome {
    @Override
    public String toString() {
      return file + ": nothing to do";
    }
  }

  /// It cannot be what is wanted, and was not touched.
  ///
  /// @param reason one sentence, `name: value (expected: …)`
  record LeftAlone(String reason) implements Outcome {
    @Override
    public String toString() {
      return reason;
    }
  }

  /// podstamp was taken out for good: the plugin cannot run here.
  ///
  /// @param reason one sentence
  record GivenUp(String reason) implements Outcome {
    @Override
    public String toString() {
      return reason;
    }
  }
}
