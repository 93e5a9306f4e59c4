package io.podstamp.hold;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Receivers of the PROXY protocol as Debian 12 has them: HTTPS, a server that speaks first, HTTP.
class ProxyReceiversTest extends ReceiversPod {
  private static final int NGINX = 443;
  private static final int HAPROXY = 8443;
  private static final int MAIL = 25;
  private static final int MAIL_BEHIND = 2525;
  private static final int APACHE = 8081;

  @Override
  String rules() {
    return """
        - {destinations: [%1$s], ports: [%2$d], receiver: nginx-1.22}
        - {destinations: [%1$s], ports: [%3$d, %4$d], receiver: haproxy-2.6}
        - {destinations: [%1$s], ports: [%5$d], receiver: apache, tlvs: {0xE1: "{pod.name}"}}
        """
        .formatted(WORLD, NGINX, HAPROXY, MAIL, APACHE);
  }

  @Test
  void nginx_https() throws Exception {
    Files.writeString(
        home.resolve("nginx.conf"),
        """
        daemon off; master_process off; user root; pid nginx.pid; error_log stderr;
        events { }
        http {
          access_log off;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          set_real_ip_from %s; real_ip_header proxy_protocol;
          server {
            listen %d ssl proxy_protocol;
            ssl_certificate cert; ssl_certificate_key key;
            location / { return 200 "$remote_addr $request_length $proxy_protocol_port "; }
          }
        }
        """
            .formatted(POD, NGINX));
    start(NGINX, "nginx", "-p", home + "/", "-c", "nginx.conf", "-e", "stderr");
    String url = "https://" + WORLD + ":" + NGINX + "/";
    String direct = curl(url);
    assertThat(direct).matches(POD + " \\d+ (\\d+) \\1\n");
    // A connection that is kept has one header, and each answer tells the same.
    assertThat(curl(url, url).lines().distinct()).singleElement().asString().startsWith(POD);
    assertThat(
            pod.exec(
                "python3",
                "-c",
                "import ssl, urllib.request; print(urllib.request.urlopen('%s', context=ssl.create_default_context(cafile='%s')).read().decode())"
                    .formatted(url, home.resolve("cert"))))
        .startsWith(POD + " ");
  }

  @Test
  void haproxy_https_tellsThePod() throws Exception {
    pod.exec("sh", "-c", "cd %s && cat cert key > pem".formatted(home));
    Files.writeString(
        home.resolve("haproxy.cfg"),
        """
        defaults
          mode http
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        frontend tls
          bind :%d ssl crt %s alpn h2,http/1.1 accept-proxy
          http-request return status 200 content-type text/plain lf-string "%%[src] %%[fc_pp_authority] %%[fc_pp_unique_id,length] %%[src_port] "
        """
            .formatted(HAPROXY, home.resolve("pem")));
    start(HAPROXY, "haproxy", "-f", "haproxy.cfg");
    for (String version : List.of("--http1.1", "--http2")) {
      assertThat(curl("https://" + WORLD + ":" + HAPROXY + "/", version))
          .matches(POD + " a\\.web 20 (\\d+) \\1\n");
    }
  }

  /// The server behind speaks first; HAProxy waits for the header before it dials that.
  @Test
  void haproxy_mail_serverFirst() throws Exception {
    Files.writeString(
        home.resolve("mail.cfg"),
        """
        defaults
          mode tcp
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        frontend mail
          bind :%d accept-proxy
          default_backend mail
        backend mail
          server one %s:%d send-proxy
        """
            .formatted(MAIL, WORLD, MAIL_BEHIND));
    start(MAIL, "haproxy", "-f", "mail.cfg");
    try (ServerSocket behind = listen(WORLD, MAIL_BEHIND);
        Socket client = connect(WORLD, MAIL, 20_000);
        Socket served = behind.accept()) {
      served.setSoTimeout(20_000);
      client.setSoTimeout(20_000);
      BufferedReader from =
          new BufferedReader(new InputStreamReader(served.getInputStream(), UTF_8));
      assertThat(from.readLine())
          .isEqualTo("PROXY TCP4 %s %s %d %d", POD, WORLD, client.getLocalPort(), MAIL);
      served.getOutputStream().write("220 ready\r\n".getBytes(US_ASCII));
      assertThat(client.getInputStream().readNBytes(11))
          .isEqualTo("220 ready\r\n".getBytes(US_ASCII));
      client.getOutputStream().write("QUIT\r\n".getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(from.readLine()).isEqualTo("QUIT");
      assertThat(from.readLine()).isNull();
    }
  }

  /// HTTP is stamped behind the header, too.
  @Test
  void apache_http() throws Exception {
    String modules = "/usr/lib/apache2/modules/mod_";
    Files.writeString(
        home.resolve("apache.conf"),
        """
        ServerRoot %1$s
        ServerName receiver
        PidFile apache.pid
        Mutex posixsem
        Listen %2$d
        LoadModule mpm_event_module %3$smpm_event.so
        LoadModule authz_core_module %3$sauthz_core.so
        LoadModule remoteip_module %3$sremoteip.so
        RemoteIPProxyProtocol On
        ErrorLog /dev/stderr
        LogFormat "%%a %%{remote}p %%{X-Client-Hostname}i" lab
        CustomLog %1$s/access.log lab
        DocumentRoot %1$s/empty
        """
            .formatted(home, APACHE, modules));
    Files.createDirectory(home.resolve("empty"));
    start(APACHE, "apache2", "-f", home.resolve("apache.conf").toString(), "-DFOREGROUND");
    String said = curl("http://" + WORLD + ":" + APACHE + "/", "-o", "/dev/null");
    await(
        () ->
            Files.exists(home.resolve("access.log")) && Files.size(home.resolve("access.log")) > 0);
    assertThat(Files.readString(home.resolve("access.log"))).matches(POD + " \\d+ a\n");
    assertThat(said).isNotBlank();
  }
}
