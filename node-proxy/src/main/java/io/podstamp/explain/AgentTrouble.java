package io.podstamp.explain;

import static io.podstamp.explain.Account.quoted;
import static io.podstamp.explain.Account.time;

import io.podstamp.lease.LeaseKeeper;
import java.time.Duration;
import java.time.Instant;

/// What is wrong with the agent itself, whatever the Pod.
record AgentTrouble(Account account, AgentFacts agent) {
  void tell() {
    Instant silent = agent.apiSilentSince();
    if (silent != null) {
      account.say(
          "The API server has not answered since %s: Pods and annotations are known as they were then."
              .formatted(time(silent)));
      account.advise("bring the API server back; what is captured stays so meanwhile");
    }
    String configProblem = agent.configProblem();
    if (configProblem != null) {
      account.say(
          "The config file is not in force, the one before it is: %s."
              .formatted(quoted(configProblem)));
      account.advise(
          "correct the config file; it is read again within 2 s, and some 1 min after a change of its ConfigMap");
    }
    String chainProblem = agent.chainProblem();
    if (chainProblem != null) {
      account.say(
          "New Pods start without the podstamp CNI plugin; the agent finds them up to 30 s late: %s."
              .formatted(quoted(chainProblem)));
      account.advise(
          "give podstamp its place in the network configuration; the sentence before says what stands in the way");
    }
    String unseen = agent.unseenNetns();
    if (unseen != null) {
      account.say(
          "CNI names network namespaces that the agent cannot open, such as %s.".formatted(unseen));
      account.advise(
          "mount the folder in which the runtime keeps namespaces into the agent's container; where"
              + " it names them below /proc (cri-dockerd), give the agent hostPID");
    }
    Duration silence = agent.loopSilence();
    if (silence.compareTo(LeaseKeeper.LONGEST_SILENCE) > 0) {
      account.say(
          "An event loop of the agent has been silent for %d s, and so no lease is renewed."
              .formatted(silence.toSeconds()));
      account.advise(
          "see what the agent's threads do (jstack), then end it: its DaemonSet starts it anew");
    }
  }
}
