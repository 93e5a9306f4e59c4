package io.podstamp.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.ByteString;

/// A program that uses OkHttp: over one kept connection, then over a new one. Prints what came
/// back, a line each. Argument: the beginning of the URL.
final class OkHttpProgram {
  private static final byte[] MEBIBYTE =
      "podstamp".repeat(1 << 17).getBytes(StandardCharsets.US_ASCII);

  /// Of unknown length, so it goes in chunks.
  private static final RequestBody CHUNKED =
      new RequestBody() {
        @Override
        public MediaType contentType() {
          return MediaType.get("text/plain");
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
          sink.write(MEBIBYTE);
        }
      };

  private OkHttpProgram() {}

  public static void main(String[] arguments) throws IOException {
    String server = arguments[0];
    OkHttpClient client = new OkHttpClient();
    Request.Builder upload = new Request.Builder().url(server + "/upload/okhttp");
    tell(
        client, new Request.Builder().url(server + "/download/1/okhttp").addHeader("x-LOWER", "1"));
    tell(client, upload.post(RequestBody.create(MEBIBYTE)));
    tell(client, upload.put(CHUNKED));
    client.connectionPool().evictAll();
    tell(client, upload.post(RequestBody.create(MEBIBYTE)).header("Expect", "100-continue"));
    client.connectionPool().evictAll();
    client.dispatcher().executorService().shutdown();
  }

  private static void tell(OkHttpClient client, Request.Builder request) throws IOException {
    try (Response answer = client.newCall(request.build()).execute()) {
      ByteString body = answer.body().byteString();
      System.out.printf(
          "%s %d %d %s%n", answer.protocol(), answer.code(), body.size(), body.sha256().hex());
    }
  }
}
