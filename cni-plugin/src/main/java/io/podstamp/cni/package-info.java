/// Stage: a container runtime calls the plugin ([Main]), and the plugin asks the agent; the CNI
/// vocabulary here is spoken by both. Start reading at [Plugin], then [Invocation] and [NetConf].
@NullMarked
package io.podstamp.cni;

import org.jspecify.annotations.NullMarked;
