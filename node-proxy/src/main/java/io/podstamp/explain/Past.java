package io.podstamp.explain;

import io.podstamp.identity.PodRecord;
import io.podstamp.netns.BlindSpot;
import java.util.List;

/// What to do about traffic that passes a Pod's rules by.
record Past(Account account, PodFacts facts, List<BlindSpot> spots) {
  void advise() {
    PodRecord known = facts.known();
    String runtimeClass = known == null ? null : known.runtimeClass();
    if (runtimeClass != null && spots.stream().anyMatch(BlindSpot::isWhole)) {
      account.say("Its runtimeClassName is %s.".formatted(runtimeClass));
    }
    for (BlindSpot spot : spots) {
      account.advise(
          switch (spot.kind()) {
            case GUEST_BRIDGED, GUEST_BY_TRAFFIC_CONTROL, GUEST_MACVTAP, NO_ADDRESS ->
                "run it without a virtual machine or a network stack of its own"
                    + (runtimeClass == null ? "" : " (another runtimeClassName)")
                    + ", run podstamp's sidecar inside, or annotate it podstamp.io/enabled=false";
            case FORWARDED ->
                "give the inner containers the Pod's own network (--network host), or run podstamp's"
                    + " sidecar in them";
            case TRANSLATED, UNTRACKED ->
                "take these rules out of the Pod, if connections to captured ports meet them";
          });
    }
  }
}
