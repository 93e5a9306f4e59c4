package io.podstamp.nftables;

import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// The bytes of a register or of a set's key, as the kernel compares them: packet fields in network
/// order, its own numbers in the machine's.
public final class Data implements Comparable<Data> {
  private static final int IFNAMSIZ = 16;

  private final byte[] bytes;

  private Data(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Data of(byte[] bytes) {
    return new Data(bytes.clone());
  }

  public static Data of(InetAddress address) {
    return new Data(address.getAddress());
  }

  /// One byte, such as a protocol.
  public static Data u8(int value) {
    return new Data(new byte[] {(byte) value});
  }

  /// A port.
  public static Data port(int port) {
    return new Data(ByteBuffer.allocate(Short.BYTES).putShort((short) port).array());
  }

  /// A packet mark, which is a number of the kernel's own.
  public static Data mark(int mark) {
    return new Data(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(mark).array());
  }

  /// The name of a device, whole.
  public static Data device(String name) {
    return new Data(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), IFNAMSIZ));
  }

  /// As many bytes, all the same.
  static Data filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return new Data(bytes);
  }

  public int length() {
    return bytes.length;
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /// The number that is larger or smaller by so much.
  ///
  /// @throws ArithmeticException when there is none of this length
  Data plus(int difference) {
    BigInteger sum = new BigInteger(1, bytes).add(BigInteger.valueOf(difference));
    if (sum.signum() < 0 || sum.bitLength() > bytes.length * Byte.SIZE) {
      throw new ArithmeticException(this + " + " + difference);
    }
    byte[] magnitude = sum.toByteArray();
    byte[] result = new byte[bytes.length];
    int length = Math.min(magnitude.length, result.length);
    System.arraycopy(magnitude, magnitude.length - length, result, result.length - length, length);
    return new Data(result);
  }

  boolean isLast() {
    for (byte b : bytes) {
      if (b != -1) {
        return false;
      }
    }
    return true;
  }

  boolean isFirst() {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /// By the number that they are in network order.
  @Override
  public int compareTo(Data other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Data data && Arrays.equals(bytes, data.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }
}
