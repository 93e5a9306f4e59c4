package io.podstamp.lab.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A program that makes short connections one after the other: `InboundLatency HOST PORT COUNT`.
/// Says for each how many nanoseconds it took from `connect` to the end of the answer, and last its
/// own CPU time after the word `cpu`.
final class InboundLatency {
  private static final byte[] REQUEST =
      "GET /short HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private InboundLatency() {}

  public static void main(String[] arguments) throws IOException {
    InetSocketAddress server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
    StringBuilder told = new StringBuilder();
    for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
      long beganNanos = System.nanoTime();
      try (Socket socket = new Socket()) {
        socket.connect(server);
        socket.getOutputStream().write(REQUEST);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        in.skipNBytes(HttpHead.read(in).lengthOf200());
        told.append(System.nanoTime() - beganNanos).append('\n');
      }
    }
    Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    System.out.print(told.append("cpu ").append(cpu.toNanos()).append('\n'));
  }
}
