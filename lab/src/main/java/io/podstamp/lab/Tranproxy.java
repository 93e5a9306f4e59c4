package io.podstamp.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What lijiaocn/nginx-tranproxy of 2019 starts in its container, by Debian's nginx: the same
/// directives and the same iptables rules, and a shell that runs the command and then sleeps.
public final class Tranproxy {
  /// nginx runs as this user, whose connections are not redirected.
  private static final String USER = "www-data";

  private Tranproxy() {}

  /// The command line of its container.
  ///
  /// @param headers lines of `proxy_set_header`
  public static List<String> command(
      List<Integer> ports, List<String> nameservers, List<String> headers, List<String> command) {
    String lines =
        headers.stream()
            .map(header -> "proxy_set_header " + header + ";")
            .collect(Collectors.joining("\n    "));
    String servers =
        ports.stream()
            .map(port -> server(port, String.join(" ", nameservers), lines))
            .collect(Collectors.joining());
    String portList = ports.stream().map(String::valueOf).collect(Collectors.joining(" "));
    List<String> line =
        new ArrayList<>(List.of("bash", "-c", script(servers, portList), "tranproxy"));
    line.addAll(command);
    return line;
  }

  private static String server(int port, String nameservers, String headers) {
    return """
      server {
        listen 127.0.0.1:%1$d;
        server_name localhost;
        location / {
          resolver %2$s;
          proxy_pass http://$host:%1$d$request_uri;
          %3$s
        }
      }
      """
        .formatted(port, nameservers, headers);
  }

  private static String script(String servers, String ports) {
    return """
      mkdir -p /run/tranproxy
      cat >/run/tranproxy/nginx.conf <<'END'
      user %1$s;
      worker_processes 1;
      pid /run/tranproxy/pid;
      error_log stderr crit;
      events { worker_connections 1024; }
      http {
        access_log off;
        client_body_temp_path /run/tranproxy/body;
        proxy_temp_path /run/tranproxy/proxy;
        fastcgi_temp_path /run/tranproxy/fastcgi;
        uwsgi_temp_path /run/tranproxy/uwsgi;
        scgi_temp_path /run/tranproxy/scgi;
      %2$s}
      END
      nginx -c /run/tranproxy/nginx.conf -e stderr
      iptables -t nat -N LOCAL_PROXY
      iptables -t nat -A LOCAL_PROXY -m owner --uid-owner %1$s -j RETURN
      for port in %3$s; do
        iptables -t nat -A LOCAL_PROXY -p tcp -m tcp --dport $port -j REDIRECT --to-ports $port
      done
      iptables -t nat -A OUTPUT -p tcp -j LOCAL_PROXY
      echo redirecting ports
      $*
      while :; do sleep 1; done
      """
        .formatted(USER, servers, ports);
  }
}
