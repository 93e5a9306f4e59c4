package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class ConfigWatchTest {
  private static final Duration PERIOD = Duration.ofMillis(5);

  @TempDir Path dir;

  private final List<Config> heard = new CopyOnWriteArrayList<>();

  @Test
  void watch_configMapSwap_isSeen() throws IOException {
    publish("..1", "ports: [81]");
    Path file = Files.createSymbolicLink(dir.resolve("config.yaml"), Path.of("..data/config.yaml"));
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(heard::add);
      assertThat(watch.current().ports()).containsExactly(81);

      publish("..2", "ports: [82]");

      await().until(() -> watch.current().ports().equals(List.of(82)));
      await().until(() -> heard.size() == 1);
      assertThat(heard.getFirst()).isEqualTo(watch.current());
    }
  }

  @Test
  void watch_brokenConfig_keepsTheOldOneUntilItIsGood() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "ports: [81]");
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(heard::add);
      rewrite(file, "ports: [99999]");
      await().until(() -> watch.problem() != null);
      assertThat(watch.problem()).contains("ports[0]: 99999");
      assertThat(watch.current().ports()).containsExactly(81);
      assertThat(heard).isEmpty();

      rewrite(file, "ports: [82]");
      await().until(() -> heard.size() == 1);
      assertThat(watch.problem()).isNull();
      assertThat(watch.current().ports()).containsExactly(82);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ports: [8"})
  void watch_fileEmptiedOrCutOff_keepsTheOldOneUntilItIsGood(String left) throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "ports: [81]\nprofile: strict\n");
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(heard::add);
      Files.writeString(file, left);
      await().until(() -> watch.problem() != null);
      assertThat(watch.current().profile()).isEqualTo(Profile.STRICT);
      assertThat(heard).isEmpty();

      rewrite(file, "{}");
      await().until(() -> watch.problem() == null);
      assertThat(watch.current()).isEqualTo(Config.DEFAULT);
    }
  }

  @Test
  void start_emptyFile_isRefused() throws IOException {
    Path file = Files.createFile(dir.resolve("config.yaml"));
    assertThatThrownBy(() -> ConfigWatch.start(file, PERIOD))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("config.yaml: empty");
  }

  @Test
  void watch_fileGoneAndBack_isGoodAgain() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "ports: [81]");
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(heard::add);
      Files.delete(file);
      await().until(() -> watch.problem() != null);
      assertThat(watch.problem()).contains("no such file");

      rewrite(file, "ports: [81]");
      await().until(() -> watch.problem() == null);
      assertThat(heard).isEmpty();
    }
  }

  @Test
  void watch_onlyACommentChanged_isNoChange() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "ports: [81]");
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(heard::add);
      rewrite(file, "ports: [81] # the same");
      rewrite(file, "ports: [82]");
      await().until(() -> watch.current().ports().equals(List.of(82)));
      await().until(() -> heard.size() == 1);
    }
  }

  @Test
  void watch_listenerThrows_othersHearAndWatchingGoesOn() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "ports: [81]");
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      watch.onChange(
          config -> {
            throw new IllegalStateException("a listener of this test fails");
          });
      watch.onChange(heard::add);
      rewrite(file, "ports: [82]");
      await().until(() -> heard.size() == 1);
      rewrite(file, "ports: [83]");
      await().until(() -> heard.size() == 2);
    }
  }

  @Test
  void watch_retiredKey_isWarnedOfOnce() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "acceleration: auto");
    Logger log = (Logger) LoggerFactory.getLogger(ConfigWatch.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.addAppender(said);
    try (ConfigWatch watch = ConfigWatch.start(file, PERIOD)) {
      for (int port = 81; port < 84; port++) {
        List<Integer> expected = List.of(port);
        rewrite(file, "acceleration: off\nports: " + expected);
        await().until(() -> watch.current().ports().equals(expected));
      }
    } finally {
      log.detachAppender(said);
    }
    assertThat(said.list)
        .filteredOn(event -> event.getLevel() == Level.WARN)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            file
                + ": acceleration: has no effect and will be refused by the next release; remove"
                + " it");
  }

  @Test
  void start_brokenConfig_isRefused() throws IOException {
    Path file = Files.writeString(dir.resolve("config.yaml"), "profile: x");
    assertThatThrownBy(() -> ConfigWatch.start(file, PERIOD)).isInstanceOf(ConfigException.class);
  }

  /// As kubelet does it: a new directory, then `..data` is swapped by a rename.
  private void publish(String version, String text) throws IOException {
    Path versioned = Files.createDirectory(dir.resolve(version));
    Files.writeString(versioned.resolve("config.yaml"), text);
    Path link = Files.createSymbolicLink(dir.resolve("..data_tmp"), Path.of(version));
    Files.move(link, dir.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void rewrite(Path file, String text) throws IOException {
    Path temporary = Objects.requireNonNull(file.getParent()).resolve("config.tmp");
    Files.writeString(temporary, text);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
