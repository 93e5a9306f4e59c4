package io.podstamp.lab;

import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/// What becomes of the messages of one direction of a call, and of its end; an error is told, and
/// is an end.
record GrpcMessages(Consumer<byte[]> onMessage, Runnable onEnd) implements StreamObserver<byte[]> {
  @Override
  public void onNext(byte[] message) {
    onMessage.accept(message);
  }

  @Override
  public void onError(Throwable error) {
    System.out.println(error);
    onEnd.run();
  }

  @Override
  public void onCompleted() {
    onEnd.run();
  }
}
