package io.podstamp.doctor;

import io.netty.util.NetUtil;
import io.podstamp.proxyprotocol.ProxyHeader;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Whether a receiver takes the PROXY protocol: connections with a header and without one, from
/// this Node and as itself. Each is asked in three ways, of which one fits any receiver: who speaks
/// first, a TLS handshake, a request of HTTP.
///
/// @param waitMillis how long an answer may take
public record ProxyProtocolCheck(InetSocketAddress receiver, int waitMillis) {
  private static final String NAME = "PROXY protocol";
  private static final int CONNECT_MILLIS = 5_000;

  /// The type of a record (RFC 8446, section 5.1).
  private static final int TLS_ALERT = 21;

  /// Longer than any status line that matters.
  private static final int LINE = 12;

  private enum Answer {
    /// It spoke as it does to its clients.
    SERVES,
    /// It ended the connection, or answered that it does not understand.
    REFUSES,
    /// It said nothing, and left the connection open.
    SILENT
  }

  public ProxyProtocolCheck(InetSocketAddress receiver) {
    this(receiver, 2_000);
  }

  /// Asks it; a receiver that cannot be reached is a finding too.
  public List<Finding> look() {
    String to = NetUtil.toSocketAddressString(receiver);
    try {
      Answer with = ask(true);
      Answer without = ask(false);
      return List.of(finding(to, with, without));
    } catch (IOException e) {
      return List.of(
          Finding.fail(
              NAME,
              "%s cannot be reached: %s".formatted(to, e.getMessage()),
              "name an address and a port that this Node reaches"));
    }
  }

  private static Finding finding(String to, Answer with, Answer without) {
    if (with == Answer.SERVES) {
      return without == Answer.SERVES
          ? Finding.warn(
              NAME,
              "%s serves connections with a header and without one".formatted(to),
              "see in its log whether it took the header's address, which was this Node's, or only"
                  + " skipped it; let only the Nodes' addresses reach it: who comes without a header is"
                  + " taken as its peer")
          : Finding.ok(NAME, "%s takes the header, and demands it".formatted(to));
    }
    if (without == Answer.SERVES) {
      return Finding.fail(
          NAME,
          "%s does not take the header: %s"
              .formatted(
                  to,
                  with == Answer.SILENT
                      ? "it says nothing any more"
                      : "it refuses the connection, and serves one without"),
          "switch it on there, for this Node's address, before a rule of proxyProtocol names it:"
              + " docs/proxy-protocol.md");
    }
    return Finding.warn(
        NAME,
        "%s serves neither a connection with a header nor one without, as TLS, as HTTP or by speaking first: with one it %s, without one it %s"
            .formatted(to, told(with), told(without)),
        "if it speaks another protocol, and only the one without is refused, it takes the header");
  }

  private static String told(Answer answer) {
    return answer == Answer.SILENT ? "waits" : "ends";
  }

  private Answer ask(boolean header) throws IOException {
    Answer first = speaksFirst(header);
    if (first == Answer.SERVES || TlsHandshake.isAnswered(() -> open(header))) {
      return Answer.SERVES;
    }
    Answer http = answersHttp(header);
    return http == Answer.SILENT ? first : http;
  }

  /// A connection at whose beginning the header has been sent, in one piece.
  private Socket open(boolean header) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(receiver, CONNECT_MILLIS);
      socket.setSoTimeout(waitMillis);
      socket.setTcpNoDelay(true);
      if (header) {
        InetSocketAddress self = (InetSocketAddress) socket.getLocalSocketAddress();
        socket.getOutputStream().write(new ProxyHeader(self, receiver, List.of()).toBytes());
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private Answer speaksFirst(boolean header) throws IOException {
    try (Socket socket = open(header)) {
      int byte1 = socket.getInputStream().read();
      // What speaks HTTP or TLS says nothing unasked: it answers to the header, as to a request.
      return byte1 < 0 || byte1 == 'H' || byte1 == TLS_ALERT ? Answer.REFUSES : Answer.SERVES;
    } catch (SocketTimeoutException e) {
      return Answer.SILENT;
    } catch (SocketException e) {
      return refused(e);
    }
  }

  private Answer answersHttp(boolean header) throws IOException {
    String host = NetUtil.toSocketAddressString(receiver);
    try (Socket socket = open(header)) {
      String request = "GET / HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(host);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String line = new String(in.readNBytes(LINE), StandardCharsets.ISO_8859_1);
      return line.startsWith("HTTP/") && !line.endsWith(" 400") ? Answer.SERVES : Answer.REFUSES;
    } catch (SocketTimeoutException e) {
      return Answer.SILENT;
    } catch (SocketException e) {
      return refused(e);
    }
  }

  /// A reset is an answer; that nobody is there is none.
  private static Answer refused(SocketException e) throws SocketException {
    if (e instanceof ConnectException || e instanceof NoRouteToHostException) {
      throw e;
    }
    return Answer.REFUSES;
  }
}
