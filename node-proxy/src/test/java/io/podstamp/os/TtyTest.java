package io.podstamp.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/// A pseudo-terminal's own end has the size and the mode of the terminal.
class TtyTest {
  private static final int O_RDWR = 2;
  private static final int O_NOCTTY = 0x100;
  private static final long TCGETS = 0x5401;
  private static final long TIOCSWINSZ = 0x5414;

  @Test
  void size_isTheTerminals_andAFileHasNone() throws ErrnoException {
    int terminal = Libc.open("/dev/ptmx", O_RDWR | O_NOCTTY | Libc.O_CLOEXEC);
    int file = Libc.open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
    try {
      byte[] size = new byte[8];
      ByteBuffer.wrap(size)
          .order(ByteOrder.nativeOrder())
          .putShort((short) 12)
          .putShort((short) 80);
      Libc.ioctl(terminal, TIOCSWINSZ, size);
      assertThat(Tty.size(terminal)).isEqualTo(new Tty.Size(12, 80));
      assertThatThrownBy(() -> Tty.size(file)).hasMessageContaining("ENOTTY");
    } finally {
      Libc.close(terminal);
      Libc.close(file);
    }
  }

  @Test
  void readKeys_isUndoneByRestore() throws ErrnoException {
    int terminal = Libc.open("/dev/ptmx", O_RDWR | O_NOCTTY | Libc.O_CLOEXEC);
    try {
      byte[] before = mode(terminal);
      byte[] kept = Tty.readKeys(terminal, 20);
      assertThat(mode(terminal)).isNotEqualTo(before);
      Tty.restore(terminal, kept);
      assertThat(mode(terminal)).isEqualTo(before);
    } finally {
      Libc.close(terminal);
    }
  }

  private static byte[] mode(int fd) throws ErrnoException {
    byte[] mode = new byte[64];
    Libc.ioctl(fd, TCGETS, mode);
    return mode;
  }
}
