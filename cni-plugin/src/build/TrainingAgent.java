import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// Answers one ADD at the socket it is given, so that scripts/build.sh can record which classes the plugin's way
/// to the agent and back takes.
final class TrainingAgent {
  private TrainingAgent() {}

  public static void main(String[] arguments) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])));
      try (SocketChannel plugin = server.accept()) {
        Codec.readRequest(plugin);
        Codec.write(plugin, Reply.success("{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
      }
    }
  }
}
