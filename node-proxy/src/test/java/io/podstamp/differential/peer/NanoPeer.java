package io.podstamp.differential.peer;

import fi.iki.elonen.NanoHTTPD;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;

/// NanoHTTPD, which leaves bodies to its user.
final class NanoPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final NanoHTTPD server = new Server();

  NanoPeer() throws IOException {
    java.util.logging.Logger.getLogger(NanoHTTPD.class.getName())
        .setLevel(java.util.logging.Level.OFF);
    server.start(NanoHTTPD.SOCKET_READ_TIMEOUT, true);
  }

  private final class Server extends NanoHTTPD {
    Server() {
      super("127.0.0.1", 0);
    }

    @Override
    public Response serve(IHTTPSession session) {
      recorder.add(
          new InetSocketAddress(InetAddress.ofLiteral(session.getRemoteIpAddress()), 0),
          session.getMethod().name(),
          session.getUri(),
          session.getHeaders().entrySet().stream()
              .map(header -> new SeenRequest.Header(header.getKey(), header.getValue()))
              .toList());
      if (session.getHeaders().containsKey("content-length")) {
        try {
          session.parseBody(new HashMap<>());
        } catch (IOException | ResponseException e) {
          return newFixedLengthResponse(Response.Status.BAD_REQUEST, MIME_PLAINTEXT, "");
        }
      }
      return newFixedLengthResponse("");
    }
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.getListeningPort());
  }

  @Override
  public void close() {
    server.stop();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
