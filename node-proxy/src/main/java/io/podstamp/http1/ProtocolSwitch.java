package io.podstamp.http1;

import io.podstamp.guard.ResponseWatch;
import org.jspecify.annotations.Nullable;

/// What has to be known before the bytes behind a head may be read as HTTP/1 again: the server's
/// word on `Upgrade`, `CONNECT` and `Expect: 100-continue` (docs/http.md, "Switches").
final class ProtocolSwitch {
  /// What the bytes behind the message are.
  enum Verdict {
    /// The server has not said.
    UNKNOWN,
    NEXT_REQUEST,
    /// Behind `CONNECT`: whatever a connection may carry.
    TUNNEL,
    /// Behind `Upgrade`: what both sides named.
    OTHER_PROTOCOL,
    /// The same, and both have proved that it is.
    WEBSOCKET,
    /// It will never be known.
    UNCERTAIN
  }

  /// What the bytes behind a head with a body are.
  enum Body {
    SURE,
    /// The server has not said that it will read it, and may take it for requests.
    SENT_AT_ONCE,
    /// The server does not want it: some clients send it all the same, some the next request.
    REFUSED
  }

  private final ResponseWatch server;
  private RequestHead.Switch wanted = RequestHead.Switch.NONE;
  private @Nullable String webSocketKey;
  private boolean first;
  private boolean pipelined;
  private boolean expectsContinue;
  private boolean serverFinished;

  ProtocolSwitch(ResponseWatch server) {
    this.server = server;
  }

  /// A head goes upstream now.
  ///
  /// @param isAtRest whether all requests before it have their whole answers, so that what the
  ///   server says next is about this one
  void onHead(RequestHead head, boolean isFirst, boolean isAtRest) {
    wanted = head.wants();
    webSocketKey = head.webSocketKey();
    first = isFirst;
    pipelined = !isFirst && !isAtRest;
    expectsContinue = head.expectsContinue() && head.framing().hasBody();
    server.onHead(
        expectsContinue || isWanted(),
        wanted == RequestHead.Switch.CONNECT,
        wanted == RequestHead.Switch.UPGRADE && head.asked() != AnswerFraming.Asked.HEAD);
  }

  /// Whether the message may be the last one of HTTP/1.
  boolean isWanted() {
    return wanted != RequestHead.Switch.NONE;
  }

  /// To be asked when the first byte behind a head with a body is there.
  Body body() {
    if (!expectsContinue) {
      return Body.SURE;
    }
    return switch (server.status()) {
      case NONE_YET -> server.sawContinue() && !pipelined ? Body.SURE : Body.SENT_AT_ONCE;
      case SWITCHING_PROTOCOLS, SUCCESS, RAW_STREAM, OTHER_FINAL, NOT_HTTP -> Body.REFUSED;
    };
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
      case SWITCHING_PROTOCOLS -> isWebSocket() ? Verdict.WEBSOCKET : Verdict.OTHER_PROTOCOL;
      case SUCCESS -> wanted == RequestHead.Switch.CONNECT ? Verdict.TUNNEL : Verdict.NEXT_REQUEST;
      case RAW_STREAM -> Verdict.OTHER_PROTOCOL;
      case OTHER_FINAL -> Verdict.NEXT_REQUEST;
      case NOT_HTTP -> Verdict.UNCERTAIN;
    };
  }

  /// Only the answer to a connection's first request cannot be a part of another one's body.
  private boolean isWebSocket() {
    return first && webSocketKey != null && WebSocket.isAccepted(webSocketKey, server.lastHead());
  }
}
