package io.podstamp.differential.peer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Netty's decoder, as strict as it can be told to be.
final class NettyPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  NettyPeer() {
    HttpDecoderConfig strict =
        new HttpDecoderConfig()
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true)
            .setAllowDuplicateContentLengths(false)
            .setMaxHeaderSize(1 << 20);
    ChannelInitializer<Channel> pipeline =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    new HttpServerCodec(strict), new HttpServerKeepAliveHandler(), new Answers());
          }
        };
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(pipeline)
            .bind(InetAddress.ofLiteral("127.0.0.1"), 0)
            .syncUninterruptibly()
            .channel();
  }

  private final class Answers extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
      if (part.decoderResult().isFailure()) {
        answer(ctx, HttpResponseStatus.BAD_REQUEST).addListener(ChannelFutureListener.CLOSE);
        return;
      }
      if (part instanceof HttpRequest request) {
        List<SeenRequest.Header> headers =
            request.headers().entries().stream()
                .map(entry -> new SeenRequest.Header(entry.getKey(), entry.getValue()))
                .toList();
        recorder.add(
            ctx.channel().remoteAddress(), request.method().name(), request.uri(), headers);
      }
      if (part instanceof LastHttpContent) {
        answer(ctx, HttpResponseStatus.OK);
      }
    }

    private static io.netty.channel.ChannelFuture answer(
        ChannelHandlerContext ctx, HttpResponseStatus status) {
      var response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
      return ctx.writeAndFlush(response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
