package io.podstamp.lab.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A program that opens connections, has one request answered on each, and then holds them until it
/// is ended: `IdleClient URL CONNECTIONS`. Says `open` when all of them are.
final class IdleClient {
  private static final int BUFFER = 1 << 14;

  private IdleClient() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    URI url = URI.create(arguments[0]);
    InetSocketAddress server = new InetSocketAddress(url.getHost(), url.getPort());
    String head =
        "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(url.getRawPath(), url.getAuthority());
    ByteBuffer request = ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
    ByteBuffer answer = ByteBuffer.allocate(BUFFER);
    List<SocketChannel> open = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      SocketChannel channel = SocketChannel.open(server);
      channel.write(request.rewind());
      if (channel.read(answer.clear()) < 0) {
        throw new IOException("connection " + i + " ended without an answer");
      }
      HttpHead.of(answer.array(), answer.position()).lengthOf200();
      open.add(channel);
    }
    System.out.println("open " + open.size());
    Thread.currentThread().join();
  }
}
