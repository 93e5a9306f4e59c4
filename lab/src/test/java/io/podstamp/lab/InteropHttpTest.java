package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import kotlin.Unit;
import okhttp3.OkHttpClient;
import okio.ByteString;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;

/// HTTP clients of other people: they print the same whether they are captured or not, and the
/// requests that they sent are the same but for the stamp.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class InteropHttpTest {
  private static final String GATEWAY = "http://" + Node.OUTSIDE_ADDRESS;
  private static final String ECHO = GATEWAY + ":" + EchoServer.PORT;
  private static final int WEBSOCKET_PORT = 8081;

  private Twins twins;
  private Daemon webSocketServer;

  @BeforeAll
  void up() {
    twins = Twins.capturing("80,%d,%d".formatted(EchoServer.PORT, WEBSOCKET_PORT));
    webSocketServer =
        twins.serve(WEBSOCKET_PORT, Twins.python("websocket_server.py", "" + WEBSOCKET_PORT));
  }

  @AfterAll
  void down() {
    twins.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          c-http11   ~ 1 ~ curl -sSi $url/download/1/c-http11 | sha256sum
          c-http10   ~ 1 ~ curl -sSi0 $url/download/1/c-http10 | sha256sum
          c-kept     ~ 3 ~ curl -sSi $url/download/0/c-kept/[1-3]
          c-closed   ~ 3 ~ curl -sSi -H 'Connection: close' $url/download/0/c-closed/[1-3]
          c-parallel ~ 9 ~ curl -sSZ $url/download/1/c-parallel/[1-9] -o '#1' 2>/dev/null && sha256sum [1-9]
          c-case     ~ 1 ~ curl -sSi -H 'x-LOWER: 1' -H 'B:2' -H 'A;' -H 'a:  3 ' -H 'HOST: q' -A '' $url/download/0/c-case
          c-odd      ~ 1 ~ curl -sSi --path-as-is -X odd!METHOD -H 'a: ü' "$url/download/0/../c-odd?a=%00&b[]=é#f" -g
          c-form     ~ 1 ~ curl -sSi -d 'a=1&b=%0d%0aX-Client-Hostname:%20forged' $url/upload/c-form
          c-expect   ~ 1 ~ head -c 1048576 /dev/zero | curl -sSi -H 'Expect: 100-continue' --data-binary @- $url/upload/c-expect
          c-chunked  ~ 1 ~ head -c 1048576 /dev/zero | curl -sSi -H 'Transfer-Encoding: chunked' -T - $url/upload/c-chunked
          wget       ~ 2 ~ wget -q -S -O - $url/download/1/wget/1 $url/download/1/wget/2 2>&1 | sha256sum
          wget-post  ~ 1 ~ head -c 1048576 /dev/zero >f && wget -q -S -O - --post-file=f $url/upload/wget-post 2>&1
          """)
  void commandLine(String name, int requests, String line) {
    twins.alike(Twins.bash(line.replace("$url", ECHO)));

    expectOnlyStamped(name, requests, UnaryOperator.identity());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          curl ~ printf 'wel' >f && curl -sS -C - -o f $url && cat f
          wget ~ printf 'wel' >f && wget -q -c -O f $url && cat f
          """)
  void resumedDownload(String name, String line) {
    String uri = "/resumed/" + name;

    String file = twins.alike(Twins.bash(line.replace("$url", GATEWAY + uri)));

    assertThat(file).isEqualTo("welcome\n");
    List<Gateway.Request> requests = twins.lab().gateway().await(uri, 2);
    assertThat(requests).extracting(Gateway.Request::status).containsExactly(206, 206);
    assertThat(requests).extracting(Gateway.Request::hostname).containsExactly("", "captured");
    assertThat(requests.getLast().forwardedFor()).isEqualTo(twins.captured().ip());
  }

  @Test
  void commandLineThatOffersH2c() {
    twins.alike(Twins.bash("curl -sSi --http2 %s/download/1/c-h2c | sha256sum".formatted(ECHO)));

    expectOnlyStamped("c-h2c", 1, InteropHttpTest::withoutH2c);
  }

  @Test
  void nodeHttpAndFetch() {
    twins.alike("node", Twins.script("http_client.mjs"), ECHO);

    expectOnlyStamped("/node-http", 3, UnaryOperator.identity());
    expectOnlyStamped("/node-fetch", 3, UnaryOperator.identity());
  }

  @Test
  void pythonUrllib() {
    twins.alike(Twins.python("http_client.py", ECHO));

    expectOnlyStamped("/urllib", 4, UnaryOperator.identity());
  }

  /// It offers h2c, which is taken out: a later h2 stream could not be stamped.
  @Test
  void jdkHttpClient() {
    twins.alike(JavaProgram.command(JdkClient.class, ECHO).toArray(String[]::new));

    expectOnlyStamped("/jdk", 4, InteropHttpTest::withoutH2c);
  }

  @Test
  void okHttp() {
    List<Class<?>> jars = List.of(OkHttpClient.class, ByteString.class, Unit.class);
    List<String> program = JavaProgram.command(OkHttpProgram.class, List.of(), jars, ECHO);

    twins.alike(program.toArray(String[]::new));

    expectOnlyStamped("/okhttp", 4, UnaryOperator.identity());
  }

  /// It offers TLS by `Upgrade`, which stays: the server declines, and the next request is stamped.
  @Test
  void apacheHttpClient() {
    List<Class<?>> jars =
        List.of(HttpClients.class, HttpEntity.class, HttpVersionPolicy.class, Logger.class);
    List<String> program = JavaProgram.command(ApacheClientProgram.class, List.of(), jars, ECHO);

    twins.alike(program.toArray(String[]::new));

    expectOnlyStamped("/apache", 4, UnaryOperator.identity());
    assertThat(twins.lab().echo().heads("/apache"))
        .anyMatch(head -> head.contains("Upgrade: TLS/1.2\r\n"));
  }

  @ParameterizedTest
  @CsvSource({"plain, []", "deflate, ['permessage-deflate']"})
  void webSocket(String compression, String extensions) {
    String path = "/" + compression;
    String url = "ws://" + Node.OUTSIDE_ADDRESS + ":" + WEBSOCKET_PORT + path;

    String out = twins.alike(Twins.python("websocket_client.py", url, compression));

    assertThat(out).startsWith(extensions + "\n").endsWith("\n1000\n");
    List<String> fields =
        webSocketServer
            .logText()
            .lines()
            .filter(line -> line.startsWith(path + " "))
            .filter(line -> !line.contains(" Sec-WebSocket-Key: "))
            .toList();
    List<String> direct = fields.subList(0, (fields.size() - 2) / 2);
    List<String> expected = new ArrayList<>(direct);
    stampLines().forEach(line -> expected.add(path + " " + line));
    expected.addAll(direct);
    assertThat(fields).isEqualTo(expected);
  }

  /// Of all requests with a text in their heads, the first half came from the Pod that is left
  /// alone.
  ///
  /// @param change what podstamp does to a head beside the stamp
  private void expectOnlyStamped(String text, int requests, UnaryOperator<String> change) {
    List<String> heads = twins.lab().echo().heads(text);
    assertThat(heads).as("requests with " + text).hasSize(2 * requests);
    String stamp = String.join("\r\n", stampLines()) + "\r\n";
    assertThat(heads.subList(requests, 2 * requests).stream().sorted())
        .containsExactlyElementsOf(
            heads.subList(0, requests).stream()
                .map(change)
                .map(head -> head.replaceFirst("\r\n", "\r\n" + stamp))
                .sorted()
                .toList());
  }

  private List<String> stampLines() {
    return List.of("X-Forwarded-For: " + twins.captured().ip(), "X-Client-Hostname: captured");
  }

  private static String withoutH2c(String head) {
    assertThat(head).contains("Upgrade: h2c\r\n", "HTTP2-Settings: ");
    return String.join(
        "",
        Arrays.stream(head.split("(?<=\r\n)"))
            .filter(line -> !line.matches("(?s)(Upgrade|HTTP2-Settings|Connection): .*"))
            .toList());
  }
}
