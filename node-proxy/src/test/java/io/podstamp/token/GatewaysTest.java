package io.podstamp.token;

import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Those that Debian has.
class GatewaysTest extends Verifiers {
  @Test
  void haproxy_letsInWhoItShould_andNobodyElse() throws Exception {
    for (int i = 0; i < 2; i++) {
      Files.writeString(
          home.resolve("podstamp-" + (i + 1) + ".pem"), keys.keys().get(i).publicPem());
    }
    Files.writeString(
        home.resolve("haproxy.cfg"),
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 20s\n  timeout server 20s\n"
            + snippet("## Signed identity: HAProxy")
                .replace("bind :80", "bind 127.0.0.1:" + port)
                .replace("/etc/haproxy/", home + "/")
            + "backend backend\n  server one %s\n".formatted(backendAddress()));
    run(true, "haproxy", "-f", home.resolve("haproxy.cfg").toString());
  }

  @Test
  void nginx_letsInWhoItShould_andNobodyElse() throws Exception {
    Files.writeString(home.resolve("podstamp.pem"), keys.pem());
    Files.writeString(
        home.resolve("podstamp.js"), snippet("### podstamp.js").replace("/etc/nginx/", home + "/"));
    String temporary =
        List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi").stream()
            .map(kind -> kind + "_temp_path " + kind + ";\n")
            .collect(Collectors.joining());
    Files.writeString(
        home.resolve("nginx.conf"),
        "load_module /usr/lib/nginx/modules/ngx_http_js_module.so;\n"
            + "daemon off; master_process off; pid nginx.pid; error_log stderr;\n"
            + "events { }\nhttp {\naccess_log off;\n"
            + temporary
            + "upstream backend { server %s; }\n".formatted(backendAddress())
            + snippet("## Signed identity: nginx")
                .replace("listen 80", "listen 127.0.0.1:" + port)
                .replace("/etc/nginx/", home + "/")
            + "}\n");
    run(true, "nginx", "-p", home + "/", "-c", "nginx.conf", "-e", "stderr");
  }
}
