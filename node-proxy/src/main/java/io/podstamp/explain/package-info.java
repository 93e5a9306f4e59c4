/// Beside the way: why a Pod is captured, or is not, and what to do about it. Facts go in,
/// sentences come out, nothing is asked here. Start reading at [Explainer].
@NullMarked
package io.podstamp.explain;

import org.jspecify.annotations.NullMarked;
