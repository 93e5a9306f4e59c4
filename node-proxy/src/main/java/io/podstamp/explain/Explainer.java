package io.podstamp.explain;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.PodRecord;
import java.util.List;

/// Makes sentences of facts, in the order things are decided: is it known here ([AttachedPod],
/// [UnattachedPod], [UnknownPod]), is it to be captured and who says so ([Wanted]), what is in the
/// kernel, what went through, what is wrong with the agent ([AgentTrouble]). Every sentence that
/// `podstamp explain` prints is made in this package. Pure.
public final class Explainer {
  private Explainer() {}

  /// Explains one Pod.
  public static Explanation of(PodFacts facts) {
    Account account = new Account(facts.namespace(), facts.name());
    String verdict = tell(account, facts);
    new AgentTrouble(account, facts.agent()).tell();
    return account.with(verdict);
  }

  /// What is wrong with the agent, whatever the Pod.
  ///
  /// @param awaited what readiness waits for
  /// @param portProblems why ports of its own are not served
  public static List<String> ofAgent(
      AgentFacts agent, List<String> awaited, List<String> portProblems) {
    Account account = new Account("", "");
    if (!awaited.isEmpty()) {
      account.say("The agent is not ready: it awaits %s.".formatted(String.join(", ", awaited)));
    }
    new AgentTrouble(account, agent).tell();
    portProblems.forEach(problem -> account.say(Account.quoted(problem) + "."));
    return account.with("").sentences();
  }

  private static String tell(Account account, PodFacts facts) {
    PodStatus attached = facts.attached();
    PodRecord known = facts.known();
    PodPolicy policy = facts.policy();
    if (attached != null) {
      return new AttachedPod(account, facts, attached).tell();
    }
    return known != null && policy != null
        ? new UnattachedPod(account, facts, known, policy).tell()
        : new UnknownPod(account, facts).tell();
  }
}
