/// Signs tokens for the agents of a cluster, each for its own Node's Pods: [Signer] puts it
/// together, [Desk] decides, [KeyRing] says which key signs when.
@NullMarked
package io.podstamp.signer;

import org.jspecify.annotations.NullMarked;
