package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// Receivers that Debian 12 does not have. `scripts/e2e-receivers.sh` fetches and runs them:
/// `podstamp.receivers` is the folder with `envoy` and `caddy`.
class MoreReceivers extends ReceiversPod {
  private static final int ENVOY = 9443;
  private static final int CADDY = 7443;
  private static final String FOLDER = System.getProperty("podstamp.receivers", "");

  @Override
  String rules() {
    return """
        - {destinations: [%1$s], ports: [%2$d], receiver: envoy}
        - {destinations: [%1$s], ports: [%3$d], receiver: caddy}
        """
        .formatted(WORLD, ENVOY, CADDY);
  }

  /// As docs/proxy-protocol.md has it: the name of the Pod is in the filter state.
  @Test
  void envoy_https_tellsThePod() throws Exception {
    Files.writeString(
        home.resolve("envoy.yaml"),
        """
        static_resources:
          listeners:
          - address: {socket_address: {address: %1$s, port_value: %2$d}}
            listener_filters:
            - name: envoy.filters.listener.proxy_protocol
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol
                tlv_location: FILTER_STATE
                rules: [{tlv_type: 0xE1, on_tlv_present: {key: pod}}]
            filter_chains:
            - transport_socket:
                name: envoy.transport_sockets.tls
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                  common_tls_context:
                    tls_certificates:
                    - {certificate_chain: {filename: cert}, private_key: {filename: key}}
              filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: pods
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      response_headers_to_add:
                      - header:
                          key: x-seen
                          value: "%%DOWNSTREAM_REMOTE_ADDRESS%% %%FILTER_STATE(envoy.network.proxy_protocol.tlv:FIELD:pod)%%"
                      routes:
                      - {match: {prefix: "/"}, direct_response: {status: 200}}
        """
            .formatted(WORLD, ENVOY));
    start(
        ENVOY,
        FOLDER + "/envoy",
        "--config-path",
        "envoy.yaml",
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--log-level",
        "warn");
    String said = curl("https://" + WORLD + ":" + ENVOY + "/", "-D", "-", "-o", "/dev/null");
    String port = said.substring(said.lastIndexOf("\r\n") + 2).strip();
    assertThat(said).contains("x-seen: " + POD + ":" + port + " web/a\r\n");
  }

  @Test
  void caddy_https() throws Exception {
    Files.writeString(
        home.resolve("Caddyfile"),
        """
        {
          admin off
          auto_https off
          servers {
            listener_wrappers {
              proxy_protocol {
                timeout 2s
                allow %1$s/32
              }
              tls
            }
          }
        }
        https://%2$s:%3$d {
          tls cert key
          respond "{remote_host} {remote_port} "
        }
        """
            .formatted(POD, WORLD, CADDY));
    start(CADDY, FOLDER + "/caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile");
    assertThat(curl("https://" + WORLD + ":" + CADDY + "/")).matches(POD + " (\\d+) \\1\n");
  }
}
