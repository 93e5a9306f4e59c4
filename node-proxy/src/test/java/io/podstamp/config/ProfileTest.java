package io.podstamp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What profile strict refuses, and what it does not, is told in the same words everywhere;
/// `ExplainerTest` holds `explain` to them.
class ProfileTest {
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/http.md", "docs/what-applications-see.md"})
  void strict_isToldAlike(String page) throws IOException {
    String text = Files.readString(Path.of("..").resolve(page)).replaceAll("\\s+", " ");
    assertThat(text).contains(Profile.STRICT_MEANS);
    assertThat(text).doesNotContain("What cannot be stamped is refused", "strict: it is refused");
  }
}
