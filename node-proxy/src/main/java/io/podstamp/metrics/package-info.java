/// Stage: what happened, counted and logged. A connection fills its [ConnectionTally], which adds
/// itself to its Pod's [PodMeter] and to [NodeMetrics]; [Exposition] is what Prometheus reads.
@NullMarked
package io.podstamp.metrics;

import org.jspecify.annotations.NullMarked;
