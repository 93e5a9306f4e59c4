package io.podstamp.signing;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Those who sign for the Pods of this process: its own keys, and a signer elsewhere. The config
/// says which of the two; it may change.
///
/// @param remote null where there is none, as in a sidecar
public record Signers(TokenSigner local, @Nullable RemoteSigner remote) implements AutoCloseable {
  /// Both, for an agent; to be closed.
  public static Signers ofAgent(InstantSource clock) {
    return new Signers(
        new TokenSigner(clock), new RemoteSigner(clock, new SignerConnection()).start());
  }

  /// Keys alone.
  public static Signers ofKeys(InstantSource clock) {
    return new Signers(new TokenSigner(clock), null);
  }

  InstantSource clock() {
    return local.clock();
  }

  /// Tokens signed since the start, here or for us.
  public long signed() {
    return local.signed() + (remote == null ? 0 : remote.counts().signed());
  }

  /// What was asked elsewhere.
  public RemoteSigner.Counts asked() {
    return remote == null ? RemoteSigner.Counts.NONE : remote.counts();
  }

  @Override
  public void close() {
    if (remote != null) {
      remote.close();
    }
  }
}
