package io.podstamp.differential.peer;

import java.nio.file.Path;

/// Every server, in one list: strict and lenient ones, in Java and in C, with CGI names and
/// without.
public enum Peers {
  NETTY,
  JDK,
  JETTY,
  TOMCAT,
  UNDERTOW,
  GRIZZLY,
  HELIDON,
  NANO,
  HTTPCORE,
  MICROHTTP,
  SIMPLE,
  NGINX,
  APACHE,
  APACHE_UNSAFE,
  LIGHTTPD,
  NODE,
  NODE_INSECURE,
  PYTHON,
  WSGI;

  /// Whether what it refuses of requests that are certain is known row by row.
  public boolean refusesAsListed() {
    return switch (this) {
      case GRIZZLY, HELIDON, NANO, HTTPCORE, MICROHTTP, SIMPLE -> false;
      case NETTY, JDK, JETTY, TOMCAT, UNDERTOW, NGINX, APACHE, APACHE_UNSAFE, LIGHTTPD, NODE ->
          true;
      case NODE_INSECURE, PYTHON, WSGI -> true;
    };
  }

  /// Starts it; a program that is not there is an exception that says what to install.
  ///
  /// @param home an empty folder for whatever the server writes
  public HttpPeer start(Path home) {
    try {
      return switch (this) {
        case NETTY -> new NettyPeer();
        case JDK -> new JdkPeer();
        case JETTY -> new JettyPeer();
        case TOMCAT -> new TomcatPeer(home);
        case UNDERTOW -> new UndertowPeer();
        case GRIZZLY -> new GrizzlyPeer();
        case HELIDON -> new HelidonPeer();
        case NANO -> new NanoPeer();
        case HTTPCORE -> new HttpCorePeer();
        case MICROHTTP -> new MicrohttpPeer();
        case SIMPLE -> new SimplePeer();
        case NGINX -> Programs.nginx(home);
        case APACHE -> Programs.apache(home, "Strict");
        case APACHE_UNSAFE -> Programs.apache(home, "Unsafe Allow0.9");
        case LIGHTTPD -> Programs.lighttpd(home);
        case NODE -> Programs.node(home, "strict");
        case NODE_INSECURE -> Programs.node(home, "insecure");
        case PYTHON -> Programs.python(home, "http.server");
        case WSGI -> Programs.python(home, "wsgiref");
      };
    } catch (Exception e) {
      throw new IllegalStateException(name() + " does not start: " + e.getMessage(), e);
    }
  }
}
