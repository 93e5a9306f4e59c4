/// Beside the way: what the node's operator and probes ask over HTTP: readiness, health, metrics,
/// status. Start reading at [AdminServer].
@NullMarked
package io.podstamp.admin;

import org.jspecify.annotations.NullMarked;
