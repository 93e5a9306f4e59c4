package io.podstamp.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/// A body that both ends can make: as many MiB of noise as asked for, each with its number in
/// front, so that a piece that is lost, doubled or out of order changes the checksum.
public final class Payload {
  private static final int MEBIBYTE = 1 << 20;

  private Payload() {}

  public static void write(OutputStream out, int mebibytes) throws IOException {
    byte[] block = new byte[MEBIBYTE];
    new Random(7).nextBytes(block);
    for (int i = 0; i < mebibytes; i++) {
      ByteBuffer.wrap(block).putInt(i);
      out.write(block);
    }
  }

  public static String sha256(int mebibytes) {
    MessageDigest digest = sha256();
    try {
      write(new DigestOutputStream(OutputStream.nullOutputStream(), digest), mebibytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
