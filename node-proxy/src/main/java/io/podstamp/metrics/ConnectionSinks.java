package io.podstamp.metrics;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the connection log can go.
public final class ConnectionSinks {
  private ConnectionSinks() {}

  /// The logger `podstamp.connections`, which writes to stdout, where nothing else is written.
  public static ConnectionLogger.Sink logger() {
    Logger lines = LoggerFactory.getLogger("podstamp.connections");
    return (line, isLast) -> lines.info(line);
  }

  /// A file that is appended to, so that it may be truncated from outside at any time.
  ///
  /// @throws IOException when it cannot be opened
  public static ConnectionLogger.Sink file(Path file) throws IOException {
    BufferedWriter writer =
        Files.newBufferedWriter(
            file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return new ConnectionLogger.Sink() {
      @Override
      public void write(String line, boolean isLast) throws IOException {
        writer.write(line);
        writer.write('\n');
        if (isLast) {
          writer.flush();
        }
      }

      @Override
      public void close() throws IOException {
        writer.close();
      }
    };
  }
}
