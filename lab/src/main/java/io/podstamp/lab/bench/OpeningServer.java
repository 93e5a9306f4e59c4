package io.podstamp.lab.bench;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.SynchronousQueue;

/// A server that says nothing to whoever opens a conversation, and tells on another connection when
/// its first byte came: `System.nanoTime`, which all processes of a machine share on Linux
/// (`CLOCK_MONOTONIC`), or [#ENDED]. One client at a time, which waits for [#READY].
public final class OpeningServer {
  /// The client is the one that is told now.
  static final long READY = 0;

  /// The conversation ended before a byte of it came.
  static final long ENDED = -1;

  private OpeningServer() {}

  /// Arguments: the port of the conversations, and the one on which clients are told.
  public static void main(String[] arguments) throws Exception {
    SynchronousQueue<Long> times = new SynchronousQueue<>();
    try (ServerSocket told = new ServerSocket(Integer.parseInt(arguments[1]));
        ServerSocket conversations = new ServerSocket(Integer.parseInt(arguments[0]))) {
      Thread.ofVirtual().start(() -> hear(conversations, times));
      while (true) {
        try (Socket client = told.accept()) {
          DataOutputStream out = new DataOutputStream(client.getOutputStream());
          out.writeLong(READY);
          while (client.getInputStream().read() >= 0) { // a byte asks for the next time
            out.writeLong(times.take());
          }
        }
      }
    }
  }

  private static void hear(ServerSocket conversations, SynchronousQueue<Long> times) {
    try {
      while (true) {
        try (Socket conversation = conversations.accept()) {
          times.put(firstByte(conversation));
          drain(conversation);
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long firstByte(Socket conversation) {
    try {
      return conversation.getInputStream().read() < 0 ? ENDED : System.nanoTime();
    } catch (IOException reset) {
      return ENDED;
    }
  }

  /// Stays until the client ends it.
  private static void drain(Socket conversation) {
    try {
      conversation.getInputStream().skip(Long.MAX_VALUE);
    } catch (IOException reset) {
      // Another way to end.
    }
  }
}
