package io.podstamp.signing;

import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.pod.PodIdentity;
import io.podstamp.token.SignerMessages.Answer;
import io.podstamp.token.SignerMessages.Wanted;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What an agent has of signing: the tokens of its Node's Pods, and a connection to the signer. It
/// asks when it is told to, on the caller's thread.
public final class TestNode implements AutoCloseable {
  private final SignerConnection connection = new SignerConnection();
  private final RemoteSigner remote;
  private final Signers signers;
  private final Supplier<TokenSource.OfSigner> signer;
  private final Map<String, PodTokens> pods = new LinkedHashMap<>();

  /// @param signer asked now; there are several, behind one name
  public TestNode(InstantSource clock, Supplier<TokenSource.OfSigner> signer) {
    this.signer = signer;
    this.remote =
        new RemoteSigner(
            clock,
            new RemoteSigner.Asking() {
              @Override
              public List<Answer> ask(TokenSource.OfSigner named, List<Wanted> wanted)
                  throws SigningException {
                return TestNode.this.ask(wanted);
              }

              @Override
              public void close() {
                connection.close();
              }
            });
    this.signers = new Signers(new TokenSigner(clock), remote);
  }

  /// Asks the signer for anything.
  public List<Answer> ask(List<Wanted> wanted) throws SigningException {
    return connection.ask(signer.get(), wanted);
  }

  /// Why nothing is answered.
  public String refusal(List<Wanted> wanted) {
    try {
      return "answered: " + ask(wanted);
    } catch (SigningException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// A Pod of this Node.
  public void captured(PodIdentity pod) {
    pods.put(pod.ref().name(), new PodTokens(signers, () -> Subject.of(pod.ref(), pod)));
  }

  /// One round of the agent's clock.
  public void look(TokenSettings settings) {
    pods.values().forEach(tokens -> tokens.renew(settings));
    remote.askForAll();
  }

  /// What a Pod's request carries now.
  public @Nullable String sends(String pod, String audience) {
    return tokens(pod).textFor(audience);
  }

  /// How the Pod's tokens are.
  public List<PodTokens.Status> status(String pod) {
    return tokens(pod).status();
  }

  private PodTokens tokens(String pod) {
    return Objects.requireNonNull(pods.get(pod));
  }

  public RemoteSigner.Counts counts() {
    return remote.counts();
  }

  @Override
  public void close() {
    remote.close();
  }
}
