package io.podstamp.differential.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What the servers in this JVM write to; thread-safe.
final class Recorder {
  private final ConcurrentLinkedQueue<SeenRequest> seen = new ConcurrentLinkedQueue<>();

  void add(SocketAddress client, String method, String target, List<SeenRequest.Header> headers) {
    InetAddress address = ((InetSocketAddress) client).getAddress();
    seen.add(new SeenRequest(address, method, target, headers));
  }

  List<SeenRequest> seen() {
    return List.copyOf(seen);
  }
}
