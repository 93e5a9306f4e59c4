package io.podstamp.guard;

/// What the tripwire goes off at, besides the preface of HTTP/2 (docs/http.md, "The tripwire").
public enum Watch {
  /// A protected name. What may be read as a request without our stamp passes.
  NAMES(true, false, false, false),

  /// The same behind a connection's own preface: a second one is one.
  NAMES_IN_HTTP2(true, false, false, false),

  /// A request line too, since none may be read without our stamp, and so may `GET /` alone, and a
  /// field line with an empty line behind it: some servers take any first line for a request line.
  REQUESTS(true, true, true, false),

  /// The same behind a TLS ClientHello, but for fields: where a key share of 1.2 KB is in it, one
  /// in a hundred has, by chance, what is read as a field line and an empty line, and its server
  /// answers only what is whole.
  HELLO(true, true, true, false),

  /// As [#REQUESTS], in text, and any empty line behind another: such a head may have no field.
  HEADS(true, true, true, true),

  /// In a body that some server takes for requests: a protected name, or a whole request line.
  NAMES_AND_REQUEST_LINES(true, false, true, false),

  /// The same where bodies of every kind come by, and so may a list of headers: a protected name
  /// behind a whole request line.
  NAMES_BEHIND_REQUEST_LINES(false, false, false, false),

  /// The same where no request may be read without our stamp: a whole request line.
  REQUEST_LINES(false, false, true, false);

  private final boolean anyName;
  private final boolean shortLines;
  private final boolean endsAtRequestLine;
  private final boolean endsAtEmptyLine;

  Watch(boolean anyName, boolean shortLines, boolean endsAtRequestLine, boolean endsAtEmptyLine) {
    this.anyName = anyName;
    this.shortLines = shortLines;
    this.endsAtRequestLine = endsAtRequestLine;
    this.endsAtEmptyLine = endsAtEmptyLine;
  }

  boolean readsLines() {
    return this != NAMES && this != NAMES_IN_HTTP2;
  }

  /// Whether a method and a path make a request line.
  boolean takesShortLines() {
    return shortLines;
  }

  boolean endsAtRequestLine() {
    return endsAtRequestLine;
  }

  boolean endsAtHead() {
    return shortLines && this != HELLO;
  }

  boolean endsAtEmptyLine() {
    return endsAtEmptyLine;
  }

  boolean endsAtName(boolean sawRequestLine) {
    return anyName || (sawRequestLine && this == NAMES_BEHIND_REQUEST_LINES);
  }
}
