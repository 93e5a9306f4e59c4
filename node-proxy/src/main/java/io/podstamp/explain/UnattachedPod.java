package io.podstamp.explain;

import static io.podstamp.explain.Account.time;

import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.PodRecord;
import java.time.Instant;

/// A Pod of this Node that the API server tells of, and of which the agent has no network
/// namespace.
record UnattachedPod(Account account, PodFacts facts, PodRecord known, PodPolicy policy) {

  /// Tells it, and what the verdict is.
  String tell() {
    account.say("%s is not captured.".formatted(account.pod()));
    if (known.life() == PodRecord.Life.TERMINATED) {
      account.say("It has ended: none of its containers runs.");
    } else if (known.hostNetwork()) {
      account.say(
          "It uses the Node's own network (hostNetwork: true), where a redirect would meet the"
              + " traffic of the Node and of every other such Pod.");
      account.advise("run it without hostNetwork; podstamp captures no Pod of the Node's network");
    } else {
      Wanted wanted = new Wanted(account, facts, policy);
      wanted.tell();
      wanted.tellProblems();
      if (policy.enablement().value() == Enablement.ENABLED) {
        missing();
      }
    }
    return "not captured";
  }

  /// Why it has not been found, though it is wanted.
  private void missing() {
    Instant lost = facts.lostAt();
    if (known.ips().isEmpty()) {
      account.say("It has no address yet: the runtime is still making its network.");
      account.advise(
          "wait; if it lasts, `kubectl -n %s describe pod %s` tells"
              .formatted(known.ref().namespace(), known.ref().name()));
    } else if (lost != null) {
      account.say(
          ("Its network namespace was gone at %s without a CNI DEL, and no other one here has"
                  + " its address %s.")
              .formatted(time(lost), known.ips().getFirst().getHostAddress()));
      account.advise("delete the Pod, so that the runtime makes it anew");
    } else {
      account.say(
          "CNI has not told of it, and no network namespace that the agent sees has its address %s."
              .formatted(known.ips().getFirst().getHostAddress()));
      account.advise(
          "look whether --netns-dir is where the runtime keeps namespaces; a Pod in a sandbox of its"
              + " own (Kata, gVisor) cannot be captured");
    }
  }
}
