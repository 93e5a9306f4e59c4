package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.podstamp.wire.Reply;
import java.io.Serial;

/// A request that cannot be served, in the words of the specification. The plugin prints it as the
/// error object; the agent renders its own the same way.
public final class CniException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final CniErrorCode code;
  private final String details;

  /// @param message one short sentence, such as `CNI_COMMAND: missing`
  public CniException(CniErrorCode code, String message) {
    this(code, message, "");
  }

  /// @param details the likely cause, for the operator; empty for none
  public CniException(CniErrorCode code, String message, String details) {
    super(message);
    this.code = code;
    this.details = details;
  }

  /// @param cause kept for logs; the error object does not show it
  public CniException(CniErrorCode code, String message, String details, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.details = details;
  }

  public CniErrorCode code() {
    return code;
  }

  /// The likely cause, or empty.
  public String details() {
    return details;
  }

  /// The error object, and exit code 1.
  ///
  /// @param version the request's, see [NetConf#versionOf]
  public Reply reply(CniVersion version) {
    StringBuilder json = new StringBuilder("{\"cniVersion\":\"").append(version);
    json.append("\",\"code\":").append(code.number()).append(",\"msg\":");
    JsonText.quote(json, String.valueOf(getMessage()));
    if (!details.isEmpty()) {
      JsonText.quote(json.append(",\"details\":"), details);
    }
    return new Reply(1, json.append('}').toString().getBytes(UTF_8));
  }

  /// For a log line: message and likely cause.
  String sentence() {
    return details.isEmpty() ? String.valueOf(getMessage()) : getMessage() + "; " + details;
  }
}
