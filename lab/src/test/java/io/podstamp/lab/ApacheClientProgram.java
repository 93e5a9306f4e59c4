package io.podstamp.lab;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.jspecify.annotations.Nullable;

/// A program that uses Apache HttpClient 5, with the offer of `Upgrade: TLS/1.2` that releases
/// around 5.4 made by themselves. Prints what came back, a line each. Argument: the beginning of
/// the URL.
final class ApacheClientProgram {
  private ApacheClientProgram() {}

  public static void main(String[] arguments) throws IOException {
    String server = arguments[0];
    byte[] mebibyte = "podstamp".repeat(1 << 17).getBytes(StandardCharsets.US_ASCII);
    HttpEntity whole = new ByteArrayEntity(mebibyte, ContentType.TEXT_PLAIN);
    HttpEntity chunked =
        new InputStreamEntity(new ByteArrayInputStream(mebibyte), ContentType.TEXT_PLAIN);
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      HttpGet offering = new HttpGet(server + "/download/1/apache");
      offering.addHeader("Connection", "Upgrade");
      offering.addHeader("Upgrade", "TLS/1.2");
      tell(client, offering, null);
      tell(client, new HttpPost(server + "/upload/apache"), whole);
      tell(client, new HttpPut(server + "/upload/apache"), chunked);
      HttpPost expecting = new HttpPost(server + "/upload/apache");
      expecting.setConfig(RequestConfig.custom().setExpectContinueEnabled(true).build());
      tell(client, expecting, whole);
    }
  }

  private static void tell(
      CloseableHttpClient client, HttpUriRequestBase request, @Nullable HttpEntity entity)
      throws IOException {
    request.setEntity(entity);
    String line =
        client.execute(
            request,
            answer -> {
              byte[] body = EntityUtils.toByteArray(answer.getEntity());
              return "%s %d %d %s"
                  .formatted(answer.getVersion(), answer.getCode(), body.length, sha256(body));
            });
    System.out.println(line);
  }

  private static String sha256(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
