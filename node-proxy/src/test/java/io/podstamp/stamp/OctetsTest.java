package io.podstamp.stamp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is told of eight bytes at once is the same as of each by itself, wherever it stands.
final class OctetsTest {
  private static final int LONGEST = 3 * Long.BYTES;

  @FunctionalInterface
  private interface RunEnd {
    int of(ByteBuf in, int from, int to);
  }

  @Test
  void plainEnd_everyByteAtEveryPlace() {
    expectRuns(
        Octets::plainEnd,
        b -> (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '-',
        "Az09-mM5");
  }

  @Test
  void printableEnd_everyByteAtEveryPlace() {
    expectRuns(Octets::printableEnd, b -> b >= 0x20 && b <= 0x7e, " ~aZ0:\"@");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void runEnds_randomBytes(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 10_000; round++) {
      byte[] bytes = new byte[random.nextInt(LONGEST)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : ' ' + random.nextInt(95));
      }
      expectRun(Octets::printableEnd, b -> b >= 0x20 && b <= 0x7e, bytes);
      expectRun(
          Octets::plainEnd, b -> b == '-' || (b < 0x80 && Character.isLetterOrDigit(b)), bytes);
    }
  }

  @Test
  void equalsIgnoreCase_everyByteAtEveryPlaceOfAName() {
    byte[] name = "x-client-hostname".getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at < name.length; at++) {
      for (int b = 0; b < 256; b++) {
        byte[] bytes = name.clone();
        bytes[at] = (byte) b;
        int lower = b >= 'A' && b <= 'Z' ? b + 32 : b;
        assertThat(Octets.equalsIgnoreCase(Unpooled.wrappedBuffer(bytes), 0, bytes.length, name))
            .isEqualTo(lower == name[at]);
        boolean folds = lower == name[at] || (name[at] == '-' && !isAlphanumeric(lower));
        assertThat(Octets.equalsFolded(Unpooled.wrappedBuffer(bytes), 0, bytes.length, name))
            .isEqualTo(folds);
      }
    }
  }

  private static boolean isAlphanumeric(int b) {
    return b < 0x80 && Character.isLetterOrDigit(b);
  }

  /// @param members some bytes of which runs are
  private static void expectRuns(RunEnd runEnd, IntPredicate isMember, String members) {
    for (int length = 1; length <= LONGEST; length++) {
      for (int at = 0; at < length; at++) {
        for (int b = 0; b < 256; b++) {
          byte[] bytes = new byte[length];
          for (int i = 0; i < length; i++) {
            bytes[i] = (byte) members.charAt((i + b) % members.length());
          }
          bytes[at] = (byte) b;
          expectRun(runEnd, isMember, bytes);
        }
      }
    }
  }

  private static void expectRun(RunEnd runEnd, IntPredicate isMember, byte[] bytes) {
    int expected = 0;
    while (expected < bytes.length && isMember.test(bytes[expected] & 0xff)) {
      expected++;
    }
    assertThat(runEnd.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length)).isEqualTo(expected);
  }
}
