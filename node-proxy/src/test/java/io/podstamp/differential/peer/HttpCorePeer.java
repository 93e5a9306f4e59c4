package io.podstamp.differential.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ExceptionListener;
import org.apache.hc.core5.http.impl.bootstrap.HttpServer;
import org.apache.hc.core5.http.impl.bootstrap.ServerBootstrap;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;

/// Apache HttpCore's classic server with its defaults.
final class HttpCorePeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final HttpServer server;

  HttpCorePeer() throws IOException {
    server =
        ServerBootstrap.bootstrap()
            .setLocalAddress(InetAddress.ofLiteral("127.0.0.1"))
            .setListenerPort(0)
            .setRequestRouter((_, _) -> this::answer)
            .setExceptionListener(ExceptionListener.NO_OP)
            .create();
    server.start();
  }

  private void answer(ClassicHttpRequest request, ClassicHttpResponse response, HttpContext context)
      throws IOException {
    recorder.add(
        HttpCoreContext.cast(context).getEndpointDetails().getRemoteAddress(),
        request.getMethod(),
        request.getRequestUri(),
        Arrays.stream(request.getHeaders())
            .map(header -> new SeenRequest.Header(header.getName(), header.getValue()))
            .toList());
    EntityUtils.consume(request.getEntity());
    response.setCode(200);
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.getLocalPort());
  }

  @Override
  public void close() {
    server.close(CloseMode.GRACEFUL);
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
