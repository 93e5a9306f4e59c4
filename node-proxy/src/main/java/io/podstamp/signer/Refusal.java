package io.podstamp.signer;

import java.util.Locale;

/// Why a signer does not sign.
enum Refusal {
  /// No token, or one that the API server does not know, or for another audience.
  NOT_AUTHENTICATED,
  /// Another ServiceAccount, or a Pod that is no agent.
  NOT_AN_AGENT,
  /// An agent of one Node asks for a Pod of another.
  OTHER_NODE,
  /// What is asked for is not what the API server tells of the Pod.
  OTHER_POD,
  /// The config has no rule with that audience.
  AUDIENCE,
  /// A Pod that no agent speaks for: static, or on the Node's network.
  NOT_SIGNED,
  /// Not known, or not yet.
  UNKNOWN_POD,
  /// It has ended.
  ENDED_POD,
  /// Nothing is wrong with the request: there is no key, or the API server does not answer.
  UNABLE;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether somebody asks for what is not his, as no agent does.
  boolean isSuspicious() {
    return this == NOT_AUTHENTICATED
        || this == NOT_AN_AGENT
        || this == OTHER_NODE
        || this == OTHER_POD;
  }
}
