package io.podstamp.http1;

import io.podstamp.guard.ResponseWatch;

/// What has to be known before the bytes behind a head may be read as HTTP/1 again: the server's
/// word on `Upgrade`, `CONNECT` and `Expect: 100-continue` (HTTP.md, "Mode switches").
final class ProtocolSwitch {
  /// What the bytes behind the message are.
  enum Verdict {
    /// The server has not said.
    UNKNOWN,
    NEXT_REQUEST,
    TUNNEL,
    /// It will never be known.
    UNCERTAIN
  }

  private final ResponseWatch server;
  private RequestHead.Switch wanted = RequestHead.Switch.NONE;
  private boolean pipelined;
  private boolean bodyAwaitsContinue;
  private boolean serverFinished;

  ProtocolSwitch(ResponseWatch server) {
    this.server = server;
  }

  /// A head goes upstream now.
  void onHead(RequestHead head, boolean isFirst) {
    wanted = head.wants();
    pipelined = !isFirst && !server.spokeSinceHead();
    bodyAwaitsContinue = head.expectsContinue() && head.framing().hasBody();
    server.onHead(bodyAwaitsContinue || isWanted());
  }

  /// Whether the message may be the last one of HTTP/1.
  boolean isWanted() {
    return wanted != RequestHead.Switch.NONE;
  }

  /// Bytes of the body are there.
  ///
  /// @return false when the server has answered without waiting for them, so that nobody knows
  ///   whether they are the body
  boolean bodyGoesOn() {
    boolean refused = bodyAwaitsContinue && server.status() != ResponseWatch.Status.NONE_YET;
    bodyAwaitsContinue = false;
    return !refused;
  }

  /// The server sends nothing more.
  void onServerFinished() {
    serverFinished = true;
  }

  /// To be asked after the message that wants it.
  Verdict verdict() {
    if (pipelined) {
      // Which answer belongs to this head cannot be told.
      return Verdict.UNCERTAIN;
    }
    return switch (server.status()) {
      case NONE_YET -> serverFinished ? Verdict.UNCERTAIN : Verdict.UNKNOWN;
      case SWITCHING_PROTOCOLS -> Verdict.TUNNEL;
      case SUCCESS -> wanted == RequestHead.Switch.CONNECT ? Verdict.TUNNEL : Verdict.NEXT_REQUEST;
      case OTHER_FINAL -> Verdict.NEXT_REQUEST;
      case NOT_HTTP -> Verdict.UNCERTAIN;
    };
  }
}
