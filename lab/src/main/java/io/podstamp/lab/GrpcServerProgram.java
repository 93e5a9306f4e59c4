package io.podstamp.lab;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// A gRPC server of grpc-java's, without TLS. Prints a line for each call: its method and who the
/// caller says that it is, every value of it. Argument: the port.
final class GrpcServerProgram {
  /// The line for a call that its client gave up.
  static final String CANCELLED = "cancelled";

  private GrpcServerProgram() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Server server =
        NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
            .maxInboundMessageSize(GrpcEcho.LARGE)
            .addService(service())
            .intercept(new Telling())
            .build()
            .start();
    server.awaitTermination();
  }

  private static ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(GrpcEcho.SERVICE)
        .addMethod(
            GrpcEcho.UNARY, ServerCalls.asyncUnaryCall((request, to) -> repeat(request, 1, to)))
        .addMethod(
            GrpcEcho.FAILING,
            ServerCalls.asyncUnaryCall(
                (request, to) ->
                    to.onError(
                        Status.NOT_FOUND.withDescription("nothing: ü").asRuntimeException())))
        .addMethod(GrpcEcho.SILENT, ServerCalls.asyncUnaryCall((request, to) -> awaitEnd(to)))
        .addMethod(
            GrpcEcho.REPEAT,
            ServerCalls.asyncServerStreamingCall((request, to) -> repeat(request, 1000, to)))
        .addMethod(
            GrpcEcho.ENDLESS,
            ServerCalls.asyncServerStreamingCall(
                (request, to) -> {
                  awaitEnd(to);
                  to.onNext(request);
                }))
        .addMethod(
            GrpcEcho.COLLECT, ServerCalls.asyncClientStreamingCall(GrpcServerProgram::collecting))
        .addMethod(GrpcEcho.CHAT, ServerCalls.asyncBidiStreamingCall(GrpcServerProgram::chatting))
        .build();
  }

  private static void repeat(byte[] message, int times, StreamObserver<byte[]> to) {
    for (int i = 0; i < times; i++) {
      to.onNext(message);
    }
    to.onCompleted();
  }

  private static void awaitEnd(StreamObserver<byte[]> to) {
    ((ServerCallStreamObserver<byte[]>) to).setOnCancelHandler(() -> System.out.println(CANCELLED));
  }

  private static StreamObserver<byte[]> collecting(StreamObserver<byte[]> to) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    return new GrpcMessages(all::writeBytes, () -> repeat(all.toByteArray(), 1, to));
  }

  private static StreamObserver<byte[]> chatting(StreamObserver<byte[]> to) {
    return new GrpcMessages(to::onNext, to::onCompleted);
  }

  /// Prints the calls and returns what they carried for it in the trailers.
  private static final class Telling implements ServerInterceptor {
    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
        ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
      System.out.println(
          "/"
              + call.getMethodDescriptor().getFullMethodName()
              + " "
              + values(headers, GrpcEcho.HOSTNAME)
              + " "
              + values(headers, GrpcEcho.FORWARDED_FOR));
      byte[] trace = headers.get(GrpcEcho.TRACE);
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
              if (trace != null) {
                trailers.put(GrpcEcho.TRACE, trace);
              }
              super.close(status, trailers);
            }
          },
          headers);
    }

    private static String values(Metadata headers, Metadata.Key<String> name) {
      Iterable<String> values = headers.getAll(name);
      return values == null ? "-" : String.join(",", values);
    }
  }
}
