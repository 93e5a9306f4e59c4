package io.podstamp.config;

import java.net.URI;
import java.nio.file.Path;

/// Who signs tokens.
public sealed interface TokenSource {
  /// Where the manifests mount what an agent needs to ask a signer.
  Path SIGNER_FOLDER = Path.of("/etc/podstamp-signer");

  /// The agent itself, with keys that every Node has.
  ///
  /// @param path PEM with the private keys
  record OfFile(Path path) implements TokenSource {}

  /// `podstamp signer`, which signs for a Node's own Pods only.
  ///
  /// @param folder has `token`, a ServiceAccount token for the signer, and `ca.crt`, by which the
  ///   signer is known; both are read again as they change
  record OfSigner(URI url, Path folder) implements TokenSource {}
}
