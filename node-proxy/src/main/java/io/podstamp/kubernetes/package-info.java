/// The API client: informers, single questions, events and status. Nothing else of podstamp knows
/// it. Start reading at [KubernetesDirectory].
@NullMarked
package io.podstamp.kubernetes;

import org.jspecify.annotations.NullMarked;
