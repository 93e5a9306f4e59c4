package io.podstamp.metrics;

import io.podstamp.config.HeaderMode;

/// What happened on one connection, told as it happens. Called on the connection's event loop only.
public interface Tally {
  /// The first bytes are those of a protocol that is known; at most once. If any other method is
  /// called first, the protocol counts as [Protocol#OTHER].
  void speaks(Protocol protocol);

  /// The name that a TLS client asks for, as it stands in its first record (RFC 6066, section 3).
  void serverName(String name);

  /// A request head went upstream with our stamp; so many of the client's own lines were removed.
  void stamped(int linesRemoved);

  /// That request was to carry a signed token, and did or, since there was none, did not.
  void token(boolean sent);

  /// A request came with a header of the stamp's.
  ///
  /// @param header as it is configured
  /// @param mode what becomes of the client's value
  /// @return whether it is the first one of the Pod's
  boolean clientSent(String header, HeaderMode mode);

  /// So many of the client's own lines were removed elsewhere than in a request head.
  void removed(int lines);

  /// The connection left the certain path: from here on its client bytes are relayed unstamped.
  void unstamped(Reason reason);

  /// A request was refused: in profile strict, and in HTTP/2.
  void refused(Reason reason);

  /// The tripwire aborted the connection: a protected name was about to leave on an uncertain path.
  void tripped();
}
