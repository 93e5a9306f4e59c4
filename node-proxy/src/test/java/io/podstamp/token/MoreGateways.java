package io.podstamp.token;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Those that `scripts/e2e-identity.sh` fetches.
class MoreGateways extends Verifiers {
  private static final Path FETCHED = Path.of(System.getProperty("podstamp.gateways", "missing"));
  private static final Path SERVERS = Path.of("../scripts/gateways").toAbsolutePath().normalize();

  /// Of the list in envoy.yaml.
  private static final int FILTERS_COLUMN = 10;

  @BeforeEach
  void publish() throws IOException {
    Files.writeString(home.resolve("podstamp.jwks"), keys.jwks());
  }

  @Test
  void envoy_letsInWhoItShould_andNobodyElse() throws Exception {
    Files.writeString(
        home.resolve("envoy.yaml"),
        Files.readString(SERVERS.resolve("envoy.yaml"))
            .replace("PORT", String.valueOf(port))
            .replace("BACKEND", backendAddress().split(":", 2)[1])
            .replace("# the snippet", filters()));
    run(
        false,
        FETCHED.resolve("envoy").toString(),
        "-c",
        home.resolve("envoy.yaml").toString(),
        "-l",
        "warning",
        "--concurrency",
        "1",
        "--disable-hot-restart");
  }

  private String filters() throws IOException {
    return snippet("## Signed identity: Envoy")
        .replace("/etc/envoy/", home + "/")
        .indent(FILTERS_COLUMN)
        .strip();
  }

  @Test
  void pyjwt_letsInWhoItShould_andNobodyElse() throws Exception {
    Files.writeString(
        home.resolve("podstamp.py"),
        snippet("### podstamp.py").replace("/etc/orders/", home + "/"));
    run(
        false,
        FETCHED.resolve("venv/bin/python").toString(),
        SERVERS.resolve("server.py").toString(),
        home.toString(),
        String.valueOf(port));
  }

  @Test
  void jose_letsInWhoItShould_andNobodyElse() throws Exception {
    Files.writeString(
        home.resolve("podstamp.mjs"),
        snippet("### podstamp.mjs").replace("/etc/orders/", home + "/"));
    Files.createSymbolicLink(home.resolve("node_modules"), FETCHED.resolve("npm/node_modules"));
    Files.copy(SERVERS.resolve("server.mjs"), home.resolve("server.mjs"));
    run(false, "node", home.resolve("server.mjs").toString(), String.valueOf(port));
  }
}
