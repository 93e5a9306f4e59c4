package io.podstamp.differential.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// How each program is started, told to end, and where it writes what it saw. Their configurations
/// are test resources; `@HOME@`, `@PORT@` and the like in them are filled in here.
final class Programs {
  private Programs() {}

  static HttpPeer nginx(Path home) throws IOException {
    int port = freePort();
    install(home, "nginx.conf", port, "");
    return ProcessPeer.start(
        new Program("nginx", "nginx-light"),
        List.of("-p", home + "/", "-c", "nginx.conf", "-e", "stderr"),
        home,
        port,
        "QUIT",
        SeenFiles::nginxLog);
  }

  static HttpPeer apache(Path home, String options) throws IOException {
    int port = freePort();
    install(home, "apache.conf", port, options);
    installCgi(home, port);
    return ProcessPeer.start(
        new Program("apache2", "apache2-bin"),
        List.of("-d", home.toString(), "-f", "apache.conf", "-D", "FOREGROUND"),
        home,
        port,
        "WINCH",
        SeenFiles::cgiEnvironments);
  }

  static HttpPeer lighttpd(Path home) throws IOException {
    int port = freePort();
    Path conf = install(home, "lighttpd.conf", port, "");
    installCgi(home, port);
    return ProcessPeer.start(
        new Program("lighttpd", "lighttpd"),
        List.of("-D", "-f", conf.toString()),
        home,
        port,
        "INT",
        SeenFiles::cgiEnvironments);
  }

  static HttpPeer node(Path home, String parser) throws IOException {
    int port = freePort();
    Path script = install(home, "peer.js", port, parser);
    return ProcessPeer.start(
        new Program("node", "nodejs"),
        List.of(script.toString()),
        home,
        port,
        "TERM",
        SeenFiles::jsonLines);
  }

  static HttpPeer python(Path home, String server) throws IOException {
    int port = freePort();
    Path script = install(home, "peer.py", port, server);
    return ProcessPeer.start(
        new Program("python3", "python3"),
        List.of("-u", script.toString()),
        home,
        port,
        "TERM",
        SeenFiles::jsonLines);
  }

  static HttpPeer outside(OutsidePeer server, Path home) throws IOException {
    int port = freePort();
    for (String file : server.files()) {
      install(home, file, port, server.option());
    }
    Path first = home.resolve(server.files().isEmpty() ? "" : server.files().getFirst());
    List<String> words =
        server.command().stream()
            .map(word -> word.replace("@FILE@", first.toString()))
            .map(word -> word.replace("@PORT@", Integer.toString(port)))
            .toList();
    return ProcessPeer.start(
        new Program(words.getFirst(), "that has it"),
        words.subList(1, words.size()),
        home,
        port,
        server.endSignal(),
        SeenFiles::jsonLines);
  }

  private static void installCgi(Path home, int port) throws IOException {
    Path script = install(Files.createDirectories(home.resolve("cgi")), "answer.cgi", port, "");
    if (!script.toFile().setExecutable(true)) {
      throw new IOException(script + ": cannot be made executable");
    }
    Files.createDirectories(home.resolve("cgi/seen"));
  }

  private static Path install(Path folder, String name, int port, String options)
      throws IOException {
    try (InputStream in = Objects.requireNonNull(Programs.class.getResourceAsStream(name), name)) {
      String text =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replace("@HOME@", folder.toString())
              .replace("@PORT@", Integer.toString(port))
              .replace("@OPTIONS@", options);
      return Files.writeString(folder.resolve(name), text);
    }
  }

  /// Free now; these programs cannot tell which port they got when asked for any.
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }
}
