package io.podstamp.signing;

import io.podstamp.token.SigningKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A file with private keys, read again as it changes.
public final class KeyFile {
  private static final int MOST_BYTES = 64 << 10;

  private final Path file;
  private byte[] content = new byte[0];
  private @Nullable SigningKeys keys;

  public KeyFile(Path file) {
    this.file = file;
  }

  /// Where it is.
  public Path path() {
    return file;
  }

  /// The keys that are in it now.
  public synchronized SigningKeys read() throws SigningException {
    byte[] now = bytes();
    SigningKeys known = keys;
    if (known != null && Arrays.equals(now, content)) {
      return known;
    }
    try {
      known = SigningKeys.parse(new String(now, StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new SigningException(file + ": " + e.getMessage(), e);
    } finally {
      Arrays.fill(content, (byte) 0);
      content = now;
      keys = null;
    }
    keys = known;
    return known;
  }

  private byte[] bytes() throws SigningException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES);
    } catch (NoSuchFileException e) {
      throw new SigningException(file + ": no such file (expected: PEM with a private key)", e);
    } catch (IOException e) {
      throw new SigningException(
          file + ": cannot be read (expected: PEM with a private key): " + e, e);
    }
  }
}
