/// The node's agent: answers CNI, decides which Pods are captured, and keeps what is so with what
/// should be so. Start reading at [Reconciler].
@NullMarked
package io.podstamp.agent;

import org.jspecify.annotations.NullMarked;
