package io.podstamp.signer;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.podstamp.config.ConfigFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// A signer as a process of its own, whose CPU time is nobody else's: all of `podstamp signer` but
/// its command line, since the mock API server has watches by WebSocket only.
final class SignerProgram {
  private SignerProgram() {}

  /// Says its port once it is ready.
  ///
  /// @param arguments the API server's URL, the folder of the certificate, the config file
  public static void main(String[] arguments) throws Exception {
    Config config = new ConfigBuilder(Config.empty()).withMasterUrl(arguments[0]).build();
    KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
    io.podstamp.config.Config podstamp = ConfigFile.load(Path.of(arguments[2]));
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Signer signer =
        Signer.start(
            new Signer.Settings(
                anyPort,
                anyPort,
                Path.of(arguments[1]),
                "podstamp",
                "podstamp",
                Duration.ofDays(1)),
            () -> podstamp,
            TestCluster.cluster(client, "signer-0"),
            InstantSource.system());
    while (signer.unable().findAny().isPresent()) {
      Thread.sleep(100);
    }
    System.out.println("port " + signer.address().getPort());
    Thread.currentThread().join();
  }
}
