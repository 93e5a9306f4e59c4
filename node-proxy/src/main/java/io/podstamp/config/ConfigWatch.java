package io.podstamp.config;

import io.podstamp.task.BackgroundTask;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The config file as it is now. Its content is read again and compared every period: that sees a
/// ConfigMap's `..data` symlink swap, an editor's rename and a rewrite in place alike, on every
/// file system, which a `WatchService` does not. The price is one small read a period.
///
/// A config with mistakes changes nothing; it is reported once. Listeners run on the watching
/// thread, a virtual one.
public final class ConfigWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigWatch.class);

  private final Path file;
  private final List<Consumer<Config>> listeners = new CopyOnWriteArrayList<>();
  private final BackgroundTask task;
  private final Set<String> warned = new HashSet<>();
  private byte[] seen;
  private volatile Config current;
  private volatile Instant since = Instant.now();
  private volatile @Nullable String problem;

  /// Reads the file and begins to watch it.
  ///
  /// @throws ConfigException if the file is not good at the start: there is nothing to keep yet
  public static ConfigWatch start(Path file, Duration period) {
    ConfigWatch watch = new ConfigWatch(file, period);
    watch.task.start();
    return watch;
  }

  private ConfigWatch(Path file, Duration period) {
    this.file = file;
    this.seen = ConfigFile.read(file);
    this.current = parse(seen);
    this.task = BackgroundTask.every("config-watch", period, this::check);
  }

  /// The last config that was good.
  public Config current() {
    return current;
  }

  /// Since when it has been in force.
  public Instant since() {
    return since;
  }

  /// Where it is read.
  public Path file() {
    return file;
  }

  /// What is wrong with the file as it is now; null if it is the [#current()] one.
  public @Nullable String problem() {
    return problem;
  }

  /// Tells of every config that differs from the one before.
  public void onChange(Consumer<Config> listener) {
    listeners.add(listener);
  }

  @Override
  public void close() {
    task.close();
  }

  private void check() {
    try {
      byte[] now = ConfigFile.read(file);
      if (!Arrays.equals(now, seen)) {
        seen = now;
        accept(parse(now));
      } else if (problem != null) {
        accept(parse(now));
      }
    } catch (ConfigException e) {
      refuse(e.getMessage());
    } catch (RuntimeException e) {
      refuse(file + ": " + e);
    }
  }

  private void accept(Config config) {
    if (problem != null) {
      log.info("{}: good again", file);
      problem = null;
    }
    if (config.equals(current)) {
      return;
    }
    current = config;
    since = Instant.now();
    log.info("{}: changed, in force now", file);
    for (Consumer<Config> listener : listeners) {
      try {
        listener.accept(config);
      } catch (RuntimeException e) {
        log.error("a listener failed on the new config", e);
      }
    }
  }

  private void refuse(@Nullable String message) {
    if (message != null && !message.equals(problem)) {
      log.warn("the config in force is kept: {}", message);
      problem = message;
    }
  }

  private Config parse(byte[] content) {
    return ConfigFile.parse(
        file.toString(), new String(content, StandardCharsets.UTF_8), this::warn);
  }

  private void warn(String warning) {
    if (warned.add(warning)) {
      log.warn("{}: {}", file, warning);
    }
  }
}
