/// Stage: every attachment as its policy wants it, in the kernel and on its connections. Start
/// reading at [Reconciler].
@NullMarked
package io.podstamp.capture;

import org.jspecify.annotations.NullMarked;
