package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What client and server said first on a connection, and whether the two together prove that they
/// speak a protocol that is not HTTP; `protocols.txt` has the pairs.
public final class Dialogue {
  /// Enough for any opening, and for the beginning of any answer.
  private static final int LONGEST = 256;

  private static final List<Pair> PAIRS = load();

  /// @param opening null where the server speaks first
  private record Pair(String protocol, @Nullable Pattern opening, Pattern answer) {
    static Pair parse(String line) {
      String[] columns = line.split(" +", 3);
      return new Pair(
          columns[0],
          columns[1].equals("-") ? null : Pattern.compile(columns[1], Pattern.DOTALL),
          Pattern.compile(columns[2], Pattern.DOTALL));
    }

    boolean isOpenedBy(CharSequence client, boolean serverFirst) {
      return opening == null ? serverFirst : opening.matcher(client).lookingAt();
    }
  }

  private final StringBuilder client = new StringBuilder(0);
  private final StringBuilder server = new StringBuilder(0);
  private boolean serverFirst;
  private boolean proven;
  private boolean deaf;

  private static List<Pair> load() {
    try (InputStream in =
            Objects.requireNonNull(Dialogue.class.getResourceAsStream("protocols.txt"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      return lines.lines().filter(line -> !line.startsWith("#")).map(Pair::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The client's bytes are about to pass.
  public void hearClient(ByteBuf bytes) {
    add(client, bytes, bytes.readerIndex());
  }

  /// What the client said so far was for a proxy in between.
  public void forgetClient() {
    client.setLength(0);
  }

  /// What the server says next belongs to an answer of HTTP: it proves nothing.
  void proveNothing() {
    deaf = true;
  }

  /// The server said something.
  void hearServer(ByteBuf bytes, int from) {
    if (deaf || proven || server.length() == LONGEST) {
      return;
    }
    serverFirst |= server.isEmpty() && client.isEmpty();
    add(server, bytes, from);
    proven =
        PAIRS.stream()
            .anyMatch(
                pair ->
                    pair.isOpenedBy(client, serverFirst)
                        && pair.answer.matcher(server).lookingAt());
  }

  private static void add(StringBuilder text, ByteBuf bytes, int from) {
    int length = Math.min(LONGEST - text.length(), bytes.writerIndex() - from);
    if (length > 0) {
      text.append(bytes.toString(from, length, StandardCharsets.ISO_8859_1));
    }
  }

  /// Whether both halves of a pair have been seen.
  public boolean isProven() {
    return proven;
  }

  /// Whether the client's half has been seen, and what the server says next may complete it.
  boolean isPending() {
    return !proven
        && server.length() < LONGEST
        && PAIRS.stream()
            .filter(pair -> pair.isOpenedBy(client, serverFirst))
            .anyMatch(pair -> mayYetMatch(pair.answer.matcher(server)));
  }

  @SuppressWarnings("JdkObsolete") // whether more input could change the answer is the question
  private static boolean mayYetMatch(Matcher matcher) {
    return matcher.lookingAt() || matcher.hitEnd();
  }
}
