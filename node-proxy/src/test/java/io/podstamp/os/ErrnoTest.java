package io.podstamp.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void name_ofEveryConstant_isItsOwn() {
    Stream.of(Errno.class.getFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .forEach(field -> assertThat(Errno.name(value(field))).isEqualTo(field.getName()));
  }

  @Test
  void describe_tellsNameAndMeaning_orTheNumber() {
    assertThat(Errno.describe(Errno.ENOENT)).isEqualTo("ENOENT (No such file or directory)");
    assertThat(Errno.name(4711)).isEqualTo("errno 4711");
  }

  @Test
  void failedCall_saysWhatFailedOnWhatAndWhy() {
    assertThatThrownBy(() -> Libc.open("/no/such/file", Libc.O_RDONLY))
        .isInstanceOf(ErrnoException.class)
        .hasMessage("open(/no/such/file): ENOENT (No such file or directory)");
  }

  private static int value(Field field) {
    try {
      return field.getInt(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
