package io.podstamp.lab;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// A gRPC service whose messages are bare bytes: what [GrpcServerProgram] serves, to grpc-java's
/// clients and to grpc-js.
final class GrpcEcho {
  static final String SERVICE = "lab.Echo";

  /// Beyond the 4 MiB that gRPC allows unless told otherwise.
  static final int LARGE = 8 << 20;

  /// Answers with what it was sent.
  static final MethodDescriptor<byte[], byte[]> UNARY = method(MethodType.UNARY, "Unary");

  /// Fails with NOT_FOUND.
  static final MethodDescriptor<byte[], byte[]> FAILING = method(MethodType.UNARY, "Failing");

  /// Never answers.
  static final MethodDescriptor<byte[], byte[]> SILENT = method(MethodType.UNARY, "Silent");

  /// Answers with all messages in one.
  static final MethodDescriptor<byte[], byte[]> COLLECT =
      method(MethodType.CLIENT_STREAMING, "Collect");

  /// Answers with a thousand times what it was sent.
  static final MethodDescriptor<byte[], byte[]> REPEAT =
      method(MethodType.SERVER_STREAMING, "Repeat");

  /// Answers with what it was sent and then waits to be cancelled.
  static final MethodDescriptor<byte[], byte[]> ENDLESS =
      method(MethodType.SERVER_STREAMING, "Endless");

  /// Answers each message with the same.
  static final MethodDescriptor<byte[], byte[]> CHAT = method(MethodType.BIDI_STREAMING, "Chat");

  static final Metadata.Key<String> HOSTNAME = key("x-client-hostname");
  static final Metadata.Key<String> FORWARDED_FOR = key("x-forwarded-for");

  /// In requests; comes back in the trailers of the answer.
  static final Metadata.Key<byte[]> TRACE =
      Metadata.Key.of("trace-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private GrpcEcho() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(SERVICE + "/" + name)
        .setRequestMarshaller(Bytes.BARE)
        .setResponseMarshaller(Bytes.BARE)
        .build();
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    BARE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
