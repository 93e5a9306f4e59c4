package io.podstamp.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import io.podstamp.config.LogLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the agent's log looks and how much it tells; the only place that knows which library logs.
final class LogSetup {
  private static final String OURS = "io.podstamp";

  private LogSetup() {}

  /// `--log-format`
  enum Format {
    text,
    json
  }

  /// One JSON object a line instead of text. To be called before anything else is logged.
  static void write(Format format) {
    if (format == Format.text) {
      return;
    }
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    context
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .iteratorForAppenders()
        .forEachRemaining(
            appender -> {
              if (appender instanceof OutputStreamAppender<ILoggingEvent> stream) {
                stream.stop();
                stream.setEncoder(encoder);
                stream.start();
              }
            });
  }

  /// From now on, for what is ours.
  static void level(LogLevel level) {
    ((LoggerContext) LoggerFactory.getILoggerFactory())
        .getLogger(OURS)
        .setLevel(
            switch (level) {
              case DEBUG -> Level.DEBUG;
              case INFO -> Level.INFO;
              case WARN -> Level.WARN;
            });
  }
}
