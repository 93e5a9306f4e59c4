package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.TRY_AGAIN_LATER;

import io.podstamp.wire.Reply;

/// The answers of a plugin whose agent does not answer: by policy for ADD; yes for the verbs whose
/// refusal would hurt more than it helps (CHECK has CRI-O kill Pods that run, DEL wedges their
/// teardown, STATUS takes the Node down, GC has nothing to clean without the agent).
final class Fallback {
  private Fallback() {}

  /// Answers in the agent's place.
  ///
  /// @param why the agent did not
  /// @throws CniException code 11 when the policy wants the Pod to wait; 7 when there is no
  ///   `prevResult` to pass on
  static Reply answer(Invocation invocation, NetConf conf, String why) throws CniException {
    return switch (invocation.command()) {
      case ADD -> {
        Reply success = conf.passThrough();
        requireOpen(invocation, conf, why);
        yield success;
      }
      case CHECK, DEL, GC, STATUS, VERSION -> Reply.silence();
    };
  }

  private static void requireOpen(Invocation invocation, NetConf conf, String why)
      throws CniException {
    String refusal = conf.agentDown().refusal(invocation.args().podNamespace());
    if (refusal != null) {
      throw new CniException(
          TRY_AGAIN_LATER, "the podstamp agent does not answer, and " + refusal, why);
    }
  }
}
