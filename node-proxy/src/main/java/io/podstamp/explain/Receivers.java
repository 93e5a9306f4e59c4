package io.podstamp.explain;

import static io.podstamp.explain.Account.count;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.Decision;
import io.podstamp.config.Decision.Layer;
import io.podstamp.config.OnMissing;
import io.podstamp.config.OwnHeader;
import io.podstamp.config.ProxyRule;
import java.util.List;
import java.util.stream.Collectors;

/// To whom the Pod's connections begin with a header of the PROXY protocol, and what is in it.
record Receivers(Account account, PodStatus status) {
  void tell() {
    List<Decision.Step<ProxyRule>> rules = status.policy().proxyProtocol();
    for (int i = 0; i < rules.size(); i++) {
      tell(rules.get(i));
      if (i < status.proxyTlvs().size()) {
        tell(status.proxyTlvs().get(i), rules.get(i).value());
      }
    }
    long sent = status.counts().proxyHeaders();
    if (!rules.isEmpty()) {
      account.say("So far %s of the PROXY protocol sent.".formatted(count(sent, "header")));
    }
  }

  private void tell(Decision.Step<ProxyRule> step) {
    ProxyRule rule = step.value();
    account.say(
        "Connections to %s port %s begin with a header of the PROXY protocol%s%s."
            .formatted(
                words(rule.destinations()),
                words(rule.ports()),
                step.origin() == Layer.CONFIG ? "" : ", by " + step.origin().label(),
                rule.mode() == OwnHeader.PASS ? ", unless it sends one itself" : ""));
    if (rule.onMissing() == OnMissing.HOLD) {
      account.say("While they cannot they wait (onMissing hold).");
    }
  }

  private void tell(PodStatus.ProxyTlvs tlvs, ProxyRule rule) {
    account.say(
        "The header has the Pod's address%s%s%s."
            .formatted(
                tlvs.sent().isEmpty() ? "" : ", " + words(tlvs.sent()),
                tlvs.tooLong().isEmpty()
                    ? ""
                    : "; %s too long for receiver %s, which takes %d bytes"
                        .formatted(
                            words(tlvs.tooLong()),
                            rule.receiver().label(),
                            rule.receiver().mostTlvs()),
                tlvs.unknown().isEmpty() ? "" : "; %s not known".formatted(words(tlvs.unknown()))));
    if (!tlvs.tooLong().isEmpty()) {
      account.advise(
          "if %s matters, put it first in tlvs of proxyProtocol, or name another receiver there if it"
                  .formatted(words(tlvs.tooLong()))
              + " is one");
    }
  }

  private static String words(List<?> list) {
    return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
