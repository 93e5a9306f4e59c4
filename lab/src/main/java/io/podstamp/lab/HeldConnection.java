package io.podstamp.lab;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One connection out of a netns that stays open between requests, whatever happens around it.
/// bash's `/dev/tcp` holds it; there is nobody in between who could try again.
public final class HeldConnection implements AutoCloseable {
  private static final String HOLD = "exec 3<>/dev/tcp/$0/$1 || exit; cat <&3 & cat >&3";

  private final Process process;
  private final InputStream in;

  private HeldConnection(Process process) {
    this.process = process;
    this.in = new BufferedInputStream(process.getInputStream());
  }

  /// Opens it.
  public static HeldConnection open(Netns netns, String host, int port) {
    List<String> bash = List.of("bash", "-c", HOLD, host, String.valueOf(port));
    try {
      return new HeldConnection(
          new ProcessBuilder(netns.inside(bash))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends a GET.
  ///
  /// @return the body of the answer
  /// @throws UncheckedIOException if the connection has ended
  public String get(String uri) {
    String head = "GET " + uri + " HTTP/1.1\r\nHost: held\r\n\r\n";
    try {
      process.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
      return Load.Answer.read(in).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Ends it: nobody holds its descriptor any more.
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
