package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Preconditions;
import com.google.common.util.concurrent.internal.InternalFutureFailureAccess;
import io.grpc.ManagedChannel;
import io.grpc.internal.GrpcUtil;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.util.MultiChildLoadBalancer;
import io.perfmark.PerfMark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/2 without TLS, by clients and servers of other people: what clients print is the same
/// whether they are captured or not, and each of their requests is stamped and counted.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class InteropHttp2Test {
  private static final int NGINX = 8090;
  private static final int NGHTTPD = 8091;
  private static final int APACHE = 8092;
  private static final int GRPC = 8093;

  private static final List<Class<?>> GRPC_JARS =
      List.of(
          GrpcEcho.class,
          ManagedChannel.class,
          ClientCalls.class,
          NettyChannelBuilder.class,
          GrpcUtil.class,
          MultiChildLoadBalancer.class,
          Preconditions.class,
          InternalFutureFailureAccess.class,
          PerfMark.class);

  private Twins twins;
  private Daemon nginx;
  private Daemon nghttpd;
  private Daemon apache;
  private Daemon grpc;

  @BeforeAll
  void up() throws IOException {
    twins = Twins.capturing("%d,%d,%d,%d".formatted(NGINX, NGHTTPD, APACHE, GRPC));
    Path home = Files.createDirectories(Lab.FOLDER.resolve("http2"));
    Files.writeString(home.resolve("small"), "small\n");
    Files.write(home.resolve("large"), new byte[1 << 20]);
    String folder = home.toString();
    nginx =
        twins.serve(
            NGINX,
            "nginx",
            "-p",
            folder + "/",
            "-c",
            Twins.script("http2.nginx.conf"),
            "-e",
            "stderr");
    nghttpd =
        twins.serve(
            NGHTTPD,
            "stdbuf",
            "-oL",
            "nghttpd",
            "-v",
            "--no-tls",
            "--echo-upload",
            "--trailer=x-sum: 42",
            "-d",
            folder,
            "" + NGHTTPD);
    apache =
        twins.serve(
            APACHE,
            "env",
            "home=" + folder,
            "apache2",
            "-X",
            "-f",
            Twins.script("http2.apache.conf"));
    grpc = twins.serve(GRPC, grpc(GrpcServerProgram.class, "" + GRPC));
  }

  private static String[] grpc(Class<?> main, String... arguments) {
    List<String> options =
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    return JavaProgram.command(main, options, GRPC_JARS, arguments).toArray(String[]::new);
  }

  @AfterAll
  void down() {
    twins.close();
  }

  /// curl and nghttp claim to be somebody else.
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          c-get    ~ 1    ~ $curl $url/download/1/c-get | sha256sum
          c-post   ~ 1    ~ head -c 3000000 /dev/zero | $curl --data-binary @- $url/upload/c-post
          c-long   ~ 1    ~ $curl -H "a: $(head -c 7000 /dev/zero | tr '\\0' b)" $url/small/c-long
          n-get    ~ 2    ~ $nghttp $url/download/1/n-get $url/small/n-get | sha256sum
          n-pad    ~ 1    ~ $nghttp -b 200 --no-dep $url/small/n-pad
          n-table  ~ 2    ~ $nghttp -c 0 -m 2 $url/small/n-table
          n-post   ~ 1    ~ head -c 3000000 /dev/zero >f && $nghttp -d f $url/upload/n-post
          h-small  ~ 8000 ~ h2load -n 8000 -c 8 -m 100 $url/small/h-small | grep -E '^(requests|status)'
          h-large  ~ 800  ~ h2load -n 800 -c 8 -m 100 $url/large/h-large | grep -E '^(requests|status)'
          """)
  void nginx(String name, int requests, String line) {
    long before = stamped();

    String out = twins.alike(bash(line, NGINX));

    assertThat(out).doesNotContainPattern("[1-9]\\d* (failed|errored)");
    assertThat(stamped() - before).isEqualTo(requests);
    assertThat(lines(nginx, name).skip(requests).distinct())
        .allMatch(seen -> seen.endsWith(" HTTP/2.0 " + stamp()));
    assertThat(lines(nginx, name).count()).isEqualTo(2L * requests);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$curl $url/large | sha256sum",
        "$nghttp -v $url/small | grep -o 'x-sum: 42'",
        "head -c 3000000 /dev/zero | $curl --data-binary @- $url/echo | sha256sum",
        "echo body >f; $nghttp -d f --trailer='x-sum: 7' --trailer='x-client-hostname: forged' $url/echo",
        "h2load -n 800 -c 8 -m 100 $url/small | grep -E '^(requests|status)'",
      })
  void nghttpd(String line) {
    long before = stamped();
    long stampsBefore = seenByNghttpd("x-client-hostname: captured");
    long requestsBefore = seenByNghttpd(":method: ");
    long trailersBefore = seenByNghttpd("x-sum: 7");
    long forgedBefore = seenByNghttpd("x-client-hostname: forged");

    String out = twins.alike(bash(line, NGHTTPD));

    assertThat(out).doesNotContainPattern("[1-9]\\d* (failed|errored)");
    long requests = (seenByNghttpd(":method: ") - requestsBefore) / 2;
    assertThat(requests).isPositive();
    assertThat(stamped() - before).isEqualTo(requests);
    assertThat(seenByNghttpd("x-client-hostname: captured") - stampsBefore).isEqualTo(requests);
    boolean hasTrailer = line.contains("x-sum: 7");
    assertThat(seenByNghttpd("x-sum: 7") - trailersBefore).isEqualTo(hasTrailer ? 2 : 0);
    // Of the Pod that is left alone: in the head, and in the trailer.
    long forged = line.contains("h2load") ? 0 : hasTrailer ? 2 : 1;
    assertThat(seenByNghttpd("x-client-hostname: forged") - forgedBefore).isEqualTo(forged);
  }

  private long seenByNghttpd(String field) {
    return Pattern.compile("recv \\(stream_id=\\d+\\) " + field)
        .matcher(nghttpd.logText())
        .results()
        .count();
  }

  /// Apache agrees to the `Upgrade` of the client that is left alone.
  @Test
  void offeredUpgrade_fallsBackToStampedHttp1() {
    String offer = "curl -sSf --http2 -H 'X-Client-Hostname: forged' $url/small";

    twins.alike(bash(offer, APACHE));
    twins.alike(bash("$curl $url/small", APACHE));

    assertThat(lines(apache, "/small").filter(line -> line.endsWith(stamp())))
        .containsExactly("/small HTTP/1.1 " + stamp(), "/small HTTP/2.0 " + stamp());
    assertThat(lines(apache, "/small")).contains("/small HTTP/2.0 forged -");
  }

  /// To grpc-java's own server, and to nginx in front of it.
  @ParameterizedTest
  @ValueSource(ints = {GRPC, NGINX})
  void grpcJava(int port) {
    long before = stamped();
    int seen = (int) lines(grpc, "/lab.Echo/").count();

    String out =
        twins.alike(grpc(GrpcClientProgram.class, Node.OUTSIDE_ADDRESS, String.valueOf(port)));

    assertThat(out)
        .contains(
            "unary 5/",
            "failing NOT_FOUND nothing: ü [0, 10, 13, -1]\n",
            "deadline DEADLINE_EXCEEDED",
            "repeat 1024000 [0, 10, 13, -1]\n",
            "after message CANCELLED",
            "collect 4000/",
            "chat 100 [0, 10, 13, -1]\n",
            "streams 300 [0, 10, 13, -1]\n");
    expectStampedCalls(seen, before, GrpcClientProgram.CALLS);
    assertThat(Wait.until(Duration.ofSeconds(30), () -> lines(grpc, "cancelled").count() >= 4))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {GRPC, NGINX})
  void nodesHttp2_speakingGrpc(int port) {
    long before = stamped();
    int seen = (int) lines(grpc, "/lab.Echo/").count();
    String url = "http://" + Node.OUTSIDE_ADDRESS + ":" + port;

    String out = twins.alike("node", Twins.script("http2_client.mjs"), url);

    assertThat(out).startsWith("hello 0 ").contains(" 5 ", "call 0 call 1 ");
    expectStampedCalls(seen, before, 23);
  }

  private void expectStampedCalls(int seenBefore, long stampedBefore, int calls) {
    assertThat(stamped() - stampedBefore).isEqualTo(calls);
    List<String> seen = lines(grpc, "/lab.Echo/").skip(seenBefore).toList();
    assertThat(seen).hasSize(2 * calls);
    assertThat(seen.subList(0, calls)).allMatch(line -> line.contains(" forged "));
    assertThat(seen.subList(calls, 2 * calls)).allMatch(line -> line.endsWith(" " + stamp()));
  }

  private static String[] bash(String line, int port) {
    String claim = " -H 'x-client-hostname: forged'";
    return Twins.bash(
        line.replace("$curl", "curl -sSf --http2-prior-knowledge" + claim)
            .replace("$nghttp", "nghttp" + claim)
            .replace("$url", "http://$server:" + port));
  }

  private String stamp() {
    return "captured " + twins.captured().ip();
  }

  private long stamped() {
    return (long) twins.lab().agent().metric("podstamp_requests_stamped_total");
  }

  private static java.util.stream.Stream<String> lines(Daemon server, String text) {
    return server.logText().lines().filter(line -> line.contains(text));
  }
}
