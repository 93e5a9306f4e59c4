package io.podstamp.explain;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What is so for all Pods of a Node at one moment.
///
/// @param now when the facts were gathered
/// @param apiSilentSince since when the API server has not answered; null while it does
/// @param configProblem what is wrong with the config file; null when it is in force
/// @param chainProblem why new Pods start without the plugin; null when they do not, or when this
///   agent does not install it
/// @param loopSilence the longest time since an event loop's last sign of life
/// @param cilium whether Cilium has this Node's network, or a part of it
/// @param unseenNetns a namespace that CNI named and the agent cannot open; null if there is none
public record AgentFacts(
    String node,
    Instant now,
    @Nullable Instant apiSilentSince,
    @Nullable String configProblem,
    @Nullable String chainProblem,
    Duration loopSilence,
    boolean cilium,
    @Nullable String unseenNetns) {}
