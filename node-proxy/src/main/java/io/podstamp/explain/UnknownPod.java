package io.podstamp.explain;

import io.podstamp.identity.PodLocator.Place;

/// A Pod that this Node knows nothing of: where it is instead.
record UnknownPod(Account account, PodFacts facts) {

  /// Tells it, and what the verdict is.
  String tell() {
    Place place = facts.place() == null ? new Place.Unknown("it was not asked") : facts.place();
    String pod = account.pod();
    String node = facts.agent().node();
    switch (place) {
      case Place.OnNode here when here.node().equals(node) -> {
        account.say(
            "%s has just come to this Node (%s); the agent has not heard of it yet."
                .formatted(pod, node));
        account.advise("ask again in a second");
      }
      case Place.OnNode there -> {
        account.say(
            "%s runs on Node %s; this is the agent of %s.".formatted(pod, there.node(), node));
        account.advise("ask the agent of Node %s".formatted(there.node()));
      }
      case Place.Unscheduled _ -> {
        account.say(
            "%s runs nowhere yet: the scheduler has not found a Node for it.".formatted(pod));
        account.advise(
            "`kubectl -n %s describe pod %s` tells what it waits for"
                .formatted(facts.namespace(), facts.name()));
      }
      case Place.Absent _ -> {
        account.say("%s does not exist: the API server knows no such Pod.".formatted(pod));
        account.advise("`kubectl get pods --all-namespaces` tells the names there are");
      }
      case Place.Unknown unknown -> {
        account.say(
            "%s is unknown to the agent of Node %s, and the API server does not tell where it is: %s."
                .formatted(pod, node, unknown.why()));
        account.advise("ask again when the API server answers");
      }
    }
    return "unknown";
  }
}
