package io.podstamp.admin;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Whether the agent is ready: not while anybody holds a token. What is still awaited can be read.
public final class Readiness {
  private final Set<String> awaited = new ConcurrentSkipListSet<>();
  private final List<Supplier<List<String>>> passing = new CopyOnWriteArrayList<>();

  /// Something that has to happen first; closing it says that it has.
  public final class Token implements AutoCloseable {
    private final String what;

    private Token(String what) {
      this.what = what;
    }

    @Override
    public void close() {
      awaited.remove(what);
    }
  }

  /// Blocks readiness until the token is closed.
  ///
  /// @param what in a few words, for callers that ask why
  public Token await(String what) {
    awaited.add(what);
    return new Token(what);
  }

  /// Blocks readiness for as long as there is something that may pass.
  ///
  /// @param trouble in a few words; none while all is well
  public void awaitEndOf(Supplier<List<String>> trouble) {
    passing.add(trouble);
  }

  /// What is awaited still; empty when ready.
  public List<String> awaited() {
    return Stream.concat(awaited.stream(), passing.stream().flatMap(it -> it.get().stream()))
        .toList();
  }
}
