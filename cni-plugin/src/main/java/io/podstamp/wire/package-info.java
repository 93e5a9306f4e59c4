/// Stage: the Unix socket between the CNI plugin and the agent, one [Request] and one [Reply] per
/// connection. Start reading at [Codec], the only place that knows the bytes.
@NullMarked
package io.podstamp.wire;

import org.jspecify.annotations.NullMarked;
