/// The servers, each on a free port of loopback, that tell which requests they read ([HttpPeer]).
/// Those of Java run in this JVM, the others as processes ([ProcessPeer]); [Peers] lists them.
@NullMarked
package io.podstamp.differential.peer;

import org.jspecify.annotations.NullMarked;
