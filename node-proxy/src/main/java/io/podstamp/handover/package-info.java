/// Which of the agents on a Node does what, and how one leaves so that applications do not notice.
/// Start reading at [NodeLock], then [GracefulShutdown].
@NullMarked
package io.podstamp.handover;

import org.jspecify.annotations.NullMarked;
