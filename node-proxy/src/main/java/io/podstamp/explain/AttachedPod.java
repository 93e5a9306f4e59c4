package io.podstamp.explain;

import static io.podstamp.explain.Account.count;
import static io.podstamp.explain.Account.ports;
import static io.podstamp.explain.Account.quoted;
import static io.podstamp.explain.Account.time;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.config.Connect;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.BlindSpot;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;

/// A Pod that the agent has in hand: where it stands, what is in the kernel, what went through.
record AttachedPod(Account account, PodFacts facts, PodStatus status) {
  /// Tells it, and what the verdict is.
  String tell() {
    PodPolicy policy = status.policy();
    Wanted wanted = new Wanted(account, facts, policy);
    if (!facts.netnsThere()) {
      return replaced(wanted);
    }
    String verdict = state(policy, wanted);
    wanted.tellProblems();
    if (!status.proof().isEmpty()) {
      account.say("Last probed %s.".formatted(status.proof()));
    }
    if (status.repairs().count() > 0) {
      account.say(
          "Repaired %s, last at %s. If it happens again, a program in the Pod writes firewall rules."
              .formatted(
                  status.repairs().count() == 1 ? "once" : status.repairs().count() + " times",
                  status.repairs().last()));
    }
    if (status.busy().compareTo(Troubles.LONG_WORK) > 0) {
      account.say(
          "The agent has been at work on it for %d s, and what is said here is from before."
              .formatted(status.busy().toSeconds()));
      account.advise(
          "if that does not end, see what the agent's threads do (jstack), then end it: its DaemonSet"
              + " starts it anew");
    }
    if (!status.notRemembered().isEmpty()) {
      account.say(
          "It is not written down for the next agent: %s."
              .formatted(quoted(status.notRemembered())));
      account.advise(
          "make room for the agent's state directory; it is written again within 30 s then");
    }
    return verdict;
  }

  private String replaced(Wanted wanted) {
    account.say("%s is not captured.".formatted(account.pod()));
    wanted.tell();
    account.say(
        ("What was captured was another network namespace: the one at %s was replaced or deleted"
                + " without a CNI DEL, after %s.")
            .formatted(status.attachment().netns(), time(status.verified())));
    account.advise(
        "nothing at once: the agent notices within 30 s, and finds the Pod by its address if it"
            + " still has one; else delete the Pod, so that the runtime makes it anew");
    return "not captured";
  }

  private String state(PodPolicy policy, Wanted wanted) {
    String pod = account.pod();
    return switch (status.state()) {
      case CAPTURED -> {
        account.say(
            "%s is captured: its HTTP requests to %s are stamped.".formatted(pod, ports(policy)));
        wanted.tell();
        restraint();
        kernel(policy);
        new Receivers(account, status).tell();
        new Tokens(account, status).tell();
        counts(status.counts(), policy);
        new Refused(account, facts, policy).tell(status.counts().refusals());
        new SentByItself(account, facts, policy).tell(status.counts().clientValues());
        yield "captured";
      }
      case PARTIAL -> {
        account.say(
            "%s is captured in part: what its own sockets send to %s is stamped."
                .formatted(pod, ports(policy)));
        wanted.tell();
        account.say("But %s.".formatted(status.reason()));
        new Past(account, facts, status.blindSpots()).advise();
        restraint();
        kernel(policy);
        new Tokens(account, status).tell();
        counts(status.counts(), policy);
        new SentByItself(account, facts, policy).tell(status.counts().clientValues());
        yield "captured in part";
      }
      case DRAINING -> {
        account.say("%s is not captured any more: new connections go direct.".formatted(pod));
        wanted.tell();
        account.say(
            "%s still proxied; the rules go when these have finished."
                .formatted(
                    status.connections() == 1
                        ? "One connection is"
                        : status.connections() + " connections are"));
        yield "draining";
      }
      case FAILED -> {
        if (status.blindSpots().stream().anyMatch(BlindSpot::isWhole)) {
          passesBy(policy, wanted);
          yield "failed";
        }
        account.say(
            "%s is to be captured and is not; its traffic %s."
                .formatted(
                    pod,
                    policy.profile().value() == Profile.STRICT ? "is refused" : "goes direct"));
        wanted.tell();
        account.say("It failed at %s: %s.".formatted(time(status.verified()), status.reason()));
        new Past(account, facts, status.blindSpots()).advise();
        account.advise(
            "`podstamp doctor` on the Node tells what is missing; the agent tries every 30 s");
        yield "failed";
      }
      case SHADOW -> {
        account.say("%s is not captured, only counted.".formatted(pod));
        wanted.tell();
        shadow();
        yield "shadow";
      }
      case OFF -> {
        account.say("%s is not captured.".formatted(pod));
        wanted.tell();
        if (policy.enablement().value() == Enablement.ENABLED) {
          account.say("The agent leaves it alone: %s.".formatted(status.reason()));
        }
        yield "not captured";
      }
    };
  }

  /// Our rules are in place, and all that it sends may pass them by.
  private void passesBy(PodPolicy policy, Wanted wanted) {
    account.say(
        "%s is to be captured and is not: what it sends passes unstamped%s."
            .formatted(
                account.pod(),
                policy.profile().value() == Profile.STRICT
                    ? ", and cannot be refused from here though its profile is strict"
                    : ""));
    wanted.tell();
    account.say("Found at %s: %s.".formatted(time(status.verified()), status.reason()));
    new Past(account, facts, status.blindSpots()).advise();
  }

  /// What keeps its connections from being captured though it is.
  private void restraint() {
    if (!status.restraint().isEmpty()) {
      account.say("But %s.".formatted(status.restraint()));
    }
  }

  private void kernel(PodPolicy policy) {
    Instant ends = status.leaseEnds();
    String there =
        "Found in its namespace at "
            + time(status.verified())
            + ": listener at port "
            + status.port();
    if (ends == null) {
      account.say("%s and rules; without a lease, since its profile is strict.".formatted(there));
    } else if (!ends.isBefore(facts.agent().now())) {
      account.say("%s, rules, and a lease until %s.".formatted(there, time(ends)));
    } else {
      account.say("%s and rules.".formatted(there));
      account.say(
          "Its lease ran out at %s: the rules match no more, and new connections go direct, unstamped."
              .formatted(time(ends)));
      if (facts.agent().loopSilence().compareTo(LeaseKeeper.LONGEST_SILENCE) <= 0) {
        account.advise(
            "nothing at once: it is renewed within 5 s; else the agent's log tells why not");
      }
    }
    if (ends == null || !ends.isBefore(facts.agent().now())) {
      connect(policy);
    }
    if (policy.profile().value() == Profile.STRICT) {
      account.say(
          "Its profile is strict by %s: %s."
              .formatted(policy.profile().origin().label(), Profile.STRICT_MEANS));
    }
  }

  /// When connect(2) succeeds.
  private void connect(PodPolicy policy) {
    if (status.hold().by() != null) {
      account.say(
          "Its SYNs are held until their destination has answered: connect() tells the truth.");
    } else if (policy.connect().value() == Connect.EARLY) {
      account.say(
          "connect() succeeds before the destination was dialled: connect early by %s."
              .formatted(policy.connect().origin().label()));
    } else {
      account.say(
          "connect() succeeds before the destination was dialled, since SYNs cannot be held here: %s."
              .formatted(quoted(status.hold().problem())));
      account.advise("`podstamp doctor` on the Node tells what its kernel lacks");
    }
  }

  private void shadow() {
    String ports =
        status.shadow().stream()
            .filter(seen -> seen.connections() > 0)
            .map(seen -> count(seen.connections(), "connection") + " to port " + seen.port())
            .collect(Collectors.joining(", "));
    account.say(
        ports.isEmpty() ? "Nothing would have been captured so far." : "So far " + ports + ".");
  }

  private void counts(PodMeter.Counts seen, PodPolicy policy) {
    if (seen.connections() == 0) {
      account.say(
          "So far no connection to %s. Other ports are not captured: %s says which ones are, here by %s."
              .formatted(ports(policy), Annotations.PORTS, policy.ports().origin().label()));
      if (facts.agent().cilium()) {
        account.say(
            "Cilium is on this Node: where it translates a Service's address in the Pod's own sockets,"
                + " the ports of the Pods behind it count, not the Service's.");
        account.advise(
            "if it connects to Services all the same, Cilium's socketLB.hostNamespaceOnly=true, or list"
                + " the ports of the Pods behind them too (podstamp.io/ports)");
      }
      return;
    }
    String reasons =
        seen.unstamped().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> entry.getKey().label() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    account.say(
        "So far %s, %d of them open; %s stamped%s%s."
            .formatted(
                count(seen.connections(), "connection"),
                status.connections(),
                count(seen.requestsStamped(), "request"),
                seen.requestsRefused() == 0 ? "" : ", " + seen.requestsRefused() + " refused",
                reasons.isEmpty()
                    ? ""
                    : "; "
                        + count(seen.connectionsUnstamped(), "connection")
                        + " passed unstamped ("
                        + reasons
                        + ")"));
  }
}
