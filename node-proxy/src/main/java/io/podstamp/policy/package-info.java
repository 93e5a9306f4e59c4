/// What is wanted for a Pod: the config, overlaid by annotations from wherever they can be had.
/// Start reading at [Policies].
@NullMarked
package io.podstamp.policy;

import org.jspecify.annotations.NullMarked;
