import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/// The Node on which scripts/train-agent.sh records what an agent loads and what is hot in it: an API server that
/// knows one enabled Namespace, and, on a Node of its own, a container runtime and an application.
///
///     TrainingNode api KUBECONFIG         serves the API, writes how it is reached, and stays
///     TrainingNode pods SOCKET            serves HTTP on 10.213.0.1:80, and has Pods come and go
///     TrainingNode application            sends requests from inside a Pod
final class TrainingNode {
  private static final String SERVER = "10.213.0.1";
  private static final int PORT = 80;
  private static final int PODS = 100;
  private static final int CONNECTIONS = 400;
  private static final String METADATA =
      "{\"name\":\"%s\",\"uid\":\"%1$s-uid\",\"annotations\":{\"podstamp.io/enabled\":\"true\"}}";

  private TrainingNode() {}

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "api" -> serveApi(Path.of(arguments[1]));
      case "pods" -> runPods(UnixDomainSocketAddress.of(Path.of(arguments[1])));
      case "application" -> sendRequests();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void serveApi(Path kubeconfig) throws IOException {
    HttpServer server = serve(new InetSocketAddress("127.0.0.1", 0), TrainingNode::answerApi);
    Path whole = kubeconfig.resolveSibling("kubeconfig.part");
    Files.writeString(
        whole,
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "training",
         "clusters": [{"name": "training", "cluster": {"server": "http://127.0.0.1:%d"}}],
         "users": [{"name": "training", "user": {}}],
         "contexts": [{"name": "training", "context": {"cluster": "training", "user": "training"}}]}
        """
            .formatted(server.getAddress().getPort()));
    Files.move(whole, kubeconfig);
  }

  private static void answerApi(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    if (query.contains("watch=true")) {
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().flush();
      await(new CountDownLatch(1)); // nothing ever changes
    }
    switch (path) {
      case "/api/v1/namespaces" -> answer(exchange, 200, list("Namespace", METADATA.formatted("training")));
      case "/api/v1/pods" -> answer(exchange, 200, list("Pod", ""));
      default -> answer(exchange, 404, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":404}");
    }
  }

  private static String list(String kind, String metadata) {
    return """
        {"kind":"%sList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[%s]}
        """
        .formatted(kind, metadata.isEmpty() ? "" : "{\"metadata\":" + metadata + "}");
  }

  private static void runPods(UnixDomainSocketAddress agent) throws Exception {
    run("ip", "netns", "add", "training");
    run("ip", "link", "add", "training", "type", "veth", "peer", "eth0", "netns", "training");
    run("ip", "address", "add", SERVER + "/24", "dev", "training");
    run("ip", "link", "set", "training", "up");
    run("ip", "-n", "training", "address", "add", "10.213.0.2/24", "dev", "eth0");
    run("ip", "-n", "training", "link", "set", "eth0", "up");
    HttpServer server =
        serve(
            new InetSocketAddress(SERVER, PORT),
            exchange -> answer(exchange, 200, "Hello, " + exchange.getRequestHeaders().getFirst("X-Client-Hostname")));
    try {
      for (int pod = 0; pod < PODS; pod++) {
        call(agent, "ADD", pod);
        if (pod == PODS / 2) {
          String java = ProcessHandle.current().info().command().orElseThrow();
          run("ip", "netns", "exec", "training", java, "-cp", System.getProperty("java.class.path"), "TrainingNode", "application");
        }
        call(agent, "CHECK", pod);
        call(agent, "DEL", pod);
      }
    } finally {
      server.stop(0);
    }
  }

  private static void call(UnixDomainSocketAddress agent, String command, int pod) throws IOException {
    Map<String, String> environment =
        Map.of(
            "CNI_COMMAND", command,
            "CNI_CONTAINERID", "training-" + pod,
            "CNI_NETNS", "/run/netns/training",
            "CNI_IFNAME", "eth0",
            "CNI_PATH", "/opt/cni/bin",
            "CNI_ARGS", "K8S_POD_NAMESPACE=training;K8S_POD_NAME=pod-" + pod + ";K8S_POD_UID=uid-" + pod);
    String stdin =
        """
        {"cniVersion":"1.0.0","name":"training","type":"podstamp",
         "prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.213.0.2/24"}],"interfaces":[],"dns":{}}}
        """;
    try (SocketChannel channel = SocketChannel.open(agent)) {
      Codec.write(channel, new Request(environment, stdin.getBytes(US_ASCII)));
      Reply reply = Codec.readReply(channel);
      if (reply.exitCode() != 0) {
        throw new IOException(command + ": " + new String(reply.stdout(), UTF_8));
      }
    }
  }

  private static void sendRequests() throws IOException {
    byte[] get = request("GET / HTTP/1.1\r\nHost: training\r\nAccept: */*\r\nUser-Agent: training\r\n\r\n");
    byte[] post = request("POST / HTTP/1.1\r\nHost: training\r\nContent-Length: 5\r\n\r\nhello");
    for (int connection = 0; connection < CONNECTIONS; connection++) {
      try (Socket socket = new Socket(SERVER, PORT)) {
        for (byte[] request : List.of(get, post, get)) {
          exchange(socket, request);
        }
      }
    }
  }

  private static byte[] request(String text) {
    return text.getBytes(US_ASCII);
  }

  private static void exchange(Socket socket, byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    InputStream in = socket.getInputStream();
    String answer = "";
    byte[] buffer = new byte[4096];
    while (!answer.contains("\r\n\r\nHello, ")) {
      int length = in.read(buffer);
      if (length < 0) {
        throw new IOException("the answer ended early: " + answer);
      }
      answer += new String(buffer, 0, length, US_ASCII);
    }
    if (answer.endsWith("null")) {
      throw new IOException("the request was not stamped");
    }
  }

  private static HttpServer serve(InetSocketAddress address, HttpHandler handler) throws IOException {
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", handler);
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] bytes = body.getBytes(US_ASCII);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException(List.of(command) + ": status " + status);
    }
  }
}
