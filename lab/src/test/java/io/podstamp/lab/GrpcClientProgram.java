package io.podstamp.lab;

import static io.grpc.stub.ClientCalls.asyncBidiStreamingCall;
import static io.grpc.stub.ClientCalls.asyncClientStreamingCall;
import static io.grpc.stub.ClientCalls.blockingServerStreamingCall;
import static io.grpc.stub.ClientCalls.blockingUnaryCall;
import static io.grpc.stub.ClientCalls.futureUnaryCall;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A gRPC client of grpc-java's, over one connection without TLS, that claims to be somebody else.
/// Prints what came back, a line each. Arguments: host and port.
final class GrpcClientProgram {
  static final int STREAMS = 300;

  /// How many calls it makes.
  static final int CALLS = 8 + STREAMS;

  private static final byte[] END = {};

  private final Channel channel;
  private final AtomicReference<Metadata> trailers = new AtomicReference<>(new Metadata());

  private GrpcClientProgram(ManagedChannel connection) {
    Metadata claims = new Metadata();
    claims.put(GrpcEcho.HOSTNAME, "forged");
    claims.put(GrpcEcho.TRACE, new byte[] {0, 10, 13, -1});
    channel =
        ClientInterceptors.intercept(
            connection,
            MetadataUtils.newAttachHeadersInterceptor(claims),
            MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers));
  }

  public static void main(String[] arguments) throws Exception {
    ManagedChannel connection =
        NettyChannelBuilder.forAddress(arguments[0], Integer.parseInt(arguments[1]))
            .maxInboundMessageSize(GrpcEcho.LARGE)
            .usePlaintext()
            .build();
    try {
      new GrpcClientProgram(connection).callAll();
    } finally {
      connection.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private void callAll() throws Exception {
    tell("unary", unary("hello".getBytes(StandardCharsets.UTF_8)));
    tell("large", unary("podstamp".repeat(GrpcEcho.LARGE / 8).getBytes(StandardCharsets.UTF_8)));
    tell("failing", statusOf(GrpcEcho.FAILING, CallOptions.DEFAULT));
    tell("deadline", statusOf(GrpcEcho.SILENT, soon()));
    repeated();
    cancelled();
    collected();
    chat();
    manyStreams();
  }

  private byte[] unary(byte[] request) {
    return blockingUnaryCall(channel, GrpcEcho.UNARY, CallOptions.DEFAULT, request);
  }

  /// As long as a call may take to reach the server on a busy machine.
  private static CallOptions soon() {
    return CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS);
  }

  private Object statusOf(MethodDescriptor<byte[], byte[]> method, CallOptions options) {
    try {
      return blockingUnaryCall(channel, method, options, END);
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      boolean isServers = status.getCode() == Status.Code.NOT_FOUND;
      return isServers ? status.getCode() + " " + status.getDescription() : status.getCode();
    }
  }

  private void repeated() {
    Iterator<byte[]> messages =
        blockingServerStreamingCall(
            channel, GrpcEcho.REPEAT, CallOptions.DEFAULT, new byte[1 << 10]);
    long bytes = 0;
    while (messages.hasNext()) {
      bytes += messages.next().length;
    }
    tell("repeat", bytes);
  }

  private void cancelled() throws InterruptedException {
    ClientCall<byte[], byte[]> call = channel.newCall(GrpcEcho.ENDLESS, CallOptions.DEFAULT);
    BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            seen.add("message");
          }

          @Override
          public void onClose(Status status, Metadata last) {
            seen.add(status.getCode());
          }
        },
        new Metadata());
    call.sendMessage(END);
    call.halfClose();
    call.request(2);
    Object first = seen.take();
    call.cancel("enough", null);
    tell("after " + first, seen.take());
  }

  private void collected() throws InterruptedException {
    BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    StreamObserver<byte[]> requests =
        asyncClientStreamingCall(
            channel.newCall(GrpcEcho.COLLECT, CallOptions.DEFAULT), into(answers));
    for (int i = 0; i < 1000; i++) {
      requests.onNext(new byte[] {(byte) i, 1, 2, 3});
    }
    requests.onCompleted();
    byte[] all = answers.take();
    answers.take();
    tell("collect", all);
  }

  private void chat() throws InterruptedException {
    BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    StreamObserver<byte[]> requests =
        asyncBidiStreamingCall(channel.newCall(GrpcEcho.CHAT, CallOptions.DEFAULT), into(answers));
    int echoed = 0;
    for (int i = 1; i <= 100; i++) {
      byte[] message = new byte[i];
      requests.onNext(message);
      echoed += Arrays.equals(answers.take(), message) ? 1 : 0;
    }
    requests.onCompleted();
    answers.take();
    tell("chat", echoed);
  }

  private static StreamObserver<byte[]> into(BlockingQueue<byte[]> answers) {
    return new GrpcMessages(answers::add, () -> answers.add(END));
  }

  private void manyStreams() throws Exception {
    List<ListenableFuture<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      calls.add(
          futureUnaryCall(
              channel.newCall(GrpcEcho.UNARY, CallOptions.DEFAULT),
              ("call " + i).getBytes(StandardCharsets.UTF_8)));
    }
    int right = 0;
    for (int i = 0; i < STREAMS; i++) {
      right += new String(calls.get(i).get(), StandardCharsets.UTF_8).equals("call " + i) ? 1 : 0;
    }
    tell("streams", right);
  }

  private void tell(String what, Object answer) {
    String text = answer instanceof byte[] b ? b.length + "/" + Arrays.hashCode(b) : "" + answer;
    byte[] trace = trailers.getAndSet(new Metadata()).get(GrpcEcho.TRACE);
    System.out.println(what + " " + text + " " + Arrays.toString(trace));
  }
}
