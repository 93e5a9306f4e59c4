/// The whole proxy in a container of the Pod it serves: the same data path as on a Node, in the
/// network namespace it was started in, with an application as its child if there is one. Start
/// reading at [Sidecar].
@NullMarked
package io.podstamp.sidecar;

import org.jspecify.annotations.NullMarked;
