package io.podstamp.lab.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A program that measures how soon servers are heard, as one of their clients: of each protocol
/// the time from `connect` to the first line, then from a command to its answer over the same
/// connection. Prints a line for each sample, `WHAT<tab>NANOSECONDS`.
public final class CommandLatency {
  private static final int WARM_UPS = 20;

  private CommandLatency() {}

  /// What is said to a server: a first word, unless the server begins, then a command whose answer
  /// has a known beginning.
  enum Dialogue {
    SMTP("SMTP", 2525, "", "NOOP\r\n", "250 "),
    SSH("SSH", 2222, "", "", ""),
    REDIS("redis", 6379, "PING\r\n", "*2\r\n$3\r\nGET\r\n$5\r\npod:1\r\n", "$-1"),
    MEMCACHED("memcached", 11211, "version\r\n", "get pod:1\r\n", "END");

    private final String title;
    private final int port;
    private final String firstWord;
    private final String command;
    private final String answer;

    Dialogue(String title, int port, String firstWord, String command, String answer) {
      this.title = title;
      this.port = port;
      this.firstWord = firstWord;
      this.command = command;
      this.answer = answer;
    }

    int port() {
      return port;
    }

    private String opening() {
      return title + (firstWord.isEmpty() ? ", connect to banner" : ", connect to first answer");
    }
  }

  /// Arguments: the servers' address, the number of connections to each, and of commands over each.
  public static void main(String[] arguments) throws IOException {
    int connections = Integer.parseInt(arguments[1]);
    int commands = Integer.parseInt(arguments[2]);
    for (Dialogue dialogue : Dialogue.values()) {
      InetSocketAddress server = new InetSocketAddress(arguments[0], dialogue.port);
      for (int i = -WARM_UPS; i < connections; i++) {
        converse(dialogue, server, commands, i >= 0);
      }
    }
  }

  private static void converse(
      Dialogue dialogue, InetSocketAddress server, int commands, boolean isMeasured)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      long began = System.nanoTime();
      socket.connect(server);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      say(socket, dialogue.firstWord);
      String first = line(in);
      tell(dialogue.opening(), began, isMeasured);
      if (first.isEmpty()) {
        throw new IOException(dialogue + ": an empty first line");
      }
      for (int i = 0; i < commands && !dialogue.command.isEmpty(); i++) {
        began = System.nanoTime();
        say(socket, dialogue.command);
        String answer = line(in);
        tell(dialogue.title + ", command to answer", began, isMeasured);
        if (!answer.startsWith(dialogue.answer)) {
          throw new IOException(dialogue + ": " + answer + " (expected: " + dialogue.answer + ")");
        }
      }
    }
  }

  private static void say(Socket socket, String words) throws IOException {
    if (!words.isEmpty()) {
      socket.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("after \"" + line + "\"");
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private static void tell(String what, long began, boolean isMeasured) {
    long nanos = System.nanoTime() - began;
    if (isMeasured) {
      System.out.println(what + "\t" + nanos);
    }
  }
}
