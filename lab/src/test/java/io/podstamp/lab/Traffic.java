package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Much traffic from one Pod to the gateway and the echo server outside; each kind checks that
/// everything arrived, whole and stamped.
final class Traffic {
  private static final String GATEWAY = "http://" + Node.OUTSIDE_ADDRESS;
  private static final String ECHO = GATEWAY + ":" + EchoServer.PORT;

  private final Gateway gateway;
  private final LabPod pod;
  private int round;

  Traffic(Gateway gateway, LabPod pod) {
    this.gateway = gateway;
    this.pod = pod;
  }

  void ofEveryKind() {
    requestsOverOneConnection(10_000);
    connectionsInSequence(1_000);
    download(1024);
    upload(1024);
  }

  void requestsOverOneConnection(int count) {
    String uri = nextUri();

    pod.curl("-f", "-o", "/dev/null", GATEWAY + uri + "[1-" + count + "]");

    List<Gateway.Request> requests = stamped(uri, count);
    assertThat(requests.stream().map(Gateway.Request::connection).distinct()).hasSize(1);
  }

  void connectionsInSequence(int count) {
    String uri = nextUri();

    pod.curl(
        "-f", "-o", "/dev/null", "-H", "Connection: close", GATEWAY + uri + "[1-" + count + "]");

    List<Gateway.Request> requests = stamped(uri, count);
    assertThat(requests.stream().map(Gateway.Request::connection).distinct()).hasSize(count);
  }

  void download(int mebibytes) {
    String pipe = "curl -sSf %s/download/%d | sha256sum".formatted(ECHO, mebibytes);

    Run run = pod.run("sh", "-c", pipe).orThrow();

    assertThat(run.out()).startsWith(Payload.sha256(mebibytes));
  }

  void upload(int mebibytes) {
    List<String> curl =
        List.of("curl", "-sSf", "-T", "-", "-H", "Transfer-Encoding: chunked", ECHO + "/upload");

    Run run =
        Run.of(new ProcessBuilder(pod.netns().inside(curl)), out -> Payload.write(out, mebibytes));

    assertThat(run.orThrow().out())
        .isEqualTo(((long) mebibytes << 20) + " " + Payload.sha256(mebibytes) + "\n");
  }

  private String nextUri() {
    round++;
    return "/traffic" + round + "/";
  }

  private List<Gateway.Request> stamped(String uri, int count) {
    List<Gateway.Request> requests = gateway.await(uri, count);
    // A line for each way that they look, not for each request.
    assertThat(
            requests.stream()
                .map(r -> r.status() + " " + r.hostname() + " " + r.forwardedFor())
                .distinct())
        .containsExactly("200 " + pod.name() + " " + pod.ip());
    return requests;
  }
}
