package io.podstamp.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A terminal, by its descriptor: its size, and whether keys come one by one. Without a program
/// such as `stty`, which the image lacks.
public final class Tty {
  /// `asm-generic/ioctls.h`, the same on x86-64 and arm64.
  private static final long TCGETS = 0x5401;

  private static final long TCSETS = 0x5402;
  private static final long TIOCGWINSZ = 0x5413;

  /// `asm-generic/termbits.h`: the kernel's `struct termios` has 36 bytes.
  private static final int TERMIOS_BYTES = 64;

  private static final int LOCAL_FLAGS = 12;
  private static final int ICANON = 2;
  private static final int ECHO = 8;
  private static final int CONTROL_CHARACTERS = 17;
  private static final int VTIME = CONTROL_CHARACTERS + 5;
  private static final int VMIN = CONTROL_CHARACTERS + 6;

  private Tty() {}

  /// How much fits on a terminal; 0 where it does not know.
  public record Size(int rows, int columns) {}

  /// Asks for it; fails with `ENOTTY` on anything else.
  public static Size size(int fd) throws ErrnoException {
    byte[] size = new byte[8];
    Libc.ioctl(fd, TIOCGWINSZ, size);
    ByteBuffer numbers = ByteBuffer.wrap(size).order(ByteOrder.nativeOrder());
    return new Size(
        Short.toUnsignedInt(numbers.getShort(0)), Short.toUnsignedInt(numbers.getShort(2)));
  }

  /// From now on a key comes without Enter and is not shown, and reading waits so long at most.
  ///
  /// @param tenths of a second, up to 255
  /// @return what [#restore] takes
  public static byte[] readKeys(int fd, int tenths) throws ErrnoException {
    byte[] before = new byte[TERMIOS_BYTES];
    Libc.ioctl(fd, TCGETS, before);
    byte[] wanted = before.clone();
    ByteBuffer fields = ByteBuffer.wrap(wanted).order(ByteOrder.nativeOrder());
    fields.putInt(LOCAL_FLAGS, fields.getInt(LOCAL_FLAGS) & ~(ICANON | ECHO));
    wanted[VTIME] = (byte) tenths;
    wanted[VMIN] = 0;
    Libc.ioctl(fd, TCSETS, wanted);
    return before;
  }

  /// As it was.
  public static void restore(int fd, byte[] before) throws ErrnoException {
    Libc.ioctl(fd, TCSETS, before.clone());
  }
}
