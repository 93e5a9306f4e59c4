package io.podstamp.cli;

import io.podstamp.signing.KeyFile;
import io.podstamp.signing.SigningException;
import io.podstamp.token.SigningKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `podstamp jwks`: what a gateway needs to verify tokens, and nothing secret.
@Command(
    name = "jwks",
    description =
        "Prints the public keys of identity.keyFile as a JWK set, the one that signs first.",
    mixinStandardHelpOptions = true)
final class JwksCommand implements Callable<Integer> {
  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      required = true,
      description = "PEM with the private keys: identity.keyFile.")
  private @Nullable Path keyFile;

  @Option(
      names = "--pem",
      description = "Print them in PEM instead, for gateways that read no JWK set.")
  private boolean pem;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  JwksCommand() {}

  @Override
  public Integer call() throws IOException {
    try {
      SigningKeys keys = new KeyFile(java.util.Objects.requireNonNull(keyFile)).read();
      spec.commandLine().getOut().print(pem ? keys.pem() : keys.jwks());
      spec.commandLine().getOut().flush();
      return 0;
    } catch (SigningException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
