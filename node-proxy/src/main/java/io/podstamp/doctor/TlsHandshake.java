package io.podstamp.doctor;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// Whether a server speaks TLS on a connection. Who it is does not matter, and nothing is said to
/// it.
final class TlsHandshake {
  private TlsHandshake() {}

  /// Makes a connection.
  interface Opener {
    Socket open() throws IOException;
  }

  /// Whether the server answered in TLS; an alert is an answer too.
  static boolean isAnswered(Opener opener) throws IOException {
    try (Socket socket = opener.open();
        SSLSocket tls =
            (SSLSocket)
                anybody().getSocketFactory().createSocket(socket, null, socket.getPort(), true)) {
      tls.startHandshake();
      return true;
    } catch (SSLException e) {
      return String.valueOf(e.getMessage()).contains("fatal alert");
    } catch (SocketTimeoutException | SocketException e) {
      return false;
    }
  }

  private static SSLContext anybody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
