package io.podstamp.explain;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.PodLocator.Place;
import io.podstamp.identity.PodRecord;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Everything an agent knows of one Pod when somebody asks.
///
/// @param attached where it stands; null if there is no attachment
/// @param netnsThere whether the attachment's namespace is still where it was
/// @param lostAt when its namespace was found gone without a CNI DEL; null if it was not
/// @param known what the directory knows of it; null if nothing
/// @param policy what is wanted for it; null if it is neither attached nor known
/// @param place where the API server says it is; asked for only if it is neither
public record PodFacts(
    String namespace,
    String name,
    @Nullable PodStatus attached,
    boolean netnsThere,
    @Nullable Instant lostAt,
    @Nullable PodRecord known,
    @Nullable PodPolicy policy,
    @Nullable Place place,
    AgentFacts agent) {}
