package io.podstamp.lab.bench;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Opens conversations with an [OpeningServer], whole first messages of protocols and their first
/// halves, and prints for each how many nanoseconds after it was sent its first byte was there, or
/// `ended`.
public final class OpeningClient {
  /// Longer than any time that is measured: what hangs is a failure.
  private static final int HANGS_MILLIS = 5_000;

  private static final int WARM_UPS = 100;

  private OpeningClient() {}

  /// Arguments: the server's address and two ports, and the file of openings.
  public static void main(String[] arguments) throws IOException {
    String server = arguments[0];
    int port = Integer.parseInt(arguments[1]);
    List<byte[]> openings = read(Path.of(arguments[3]));
    try (Socket told = new Socket(server, Integer.parseInt(arguments[2]))) {
      told.setSoTimeout(HANGS_MILLIS);
      DataInputStream in = new DataInputStream(told.getInputStream());
      if (in.readLong() != OpeningServer.READY) {
        throw new IOException("no greeting");
      }
      for (int i = 0; i < WARM_UPS; i++) {
        open(server, port, openings.getFirst(), told, in);
      }
      for (byte[] opening : openings) {
        System.out.println(open(server, port, opening, told, in));
      }
    }
  }

  private static String open(
      String server, int port, byte[] opening, Socket told, DataInputStream times)
      throws IOException {
    try (Socket conversation = new Socket(server, port)) {
      conversation.setTcpNoDelay(true);
      told.getOutputStream().write(1);
      long sent = System.nanoTime();
      conversation.getOutputStream().write(opening);
      long heard = times.readLong();
      return heard == OpeningServer.ENDED ? "ended" : String.valueOf(heard - sent);
    }
  }

  /// Whole messages, then their first halves.
  static List<byte[]> read(Path file) throws IOException {
    List<byte[]> whole =
        Files.readAllLines(file, StandardCharsets.UTF_8).stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> bytes(line.split("\t", 3)[2]))
            .toList();
    List<byte[]> all = new ArrayList<>(whole);
    whole.stream()
        .filter(message -> message.length > 1)
        .map(message -> Arrays.copyOf(message, message.length / 2))
        .forEach(all::add);
    return List.copyOf(all);
  }

  /// As the head of the file tells.
  private static byte[] bytes(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '\\') {
        bytes.write(c);
        continue;
      }
      char kind = escaped.charAt(++i);
      bytes.write(
          switch (kind) {
            case 'r' -> '\r';
            case 'n' -> '\n';
            case 't' -> '\t';
            case '0' -> '\0';
            case 'x' -> Integer.parseInt(escaped.substring(++i, ++i + 1), 16);
            default -> throw new IllegalArgumentException(escaped);
          });
    }
    return bytes.toByteArray();
  }
}
