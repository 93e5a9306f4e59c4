/// Shows what the stamper lets through to real servers, byte for byte, and compares what they read
/// with what it said ([DifferentialTest]). The requests are data: `corpus/*.txt` among the test
/// resources, and what [Mutator] makes of some of them.
@NullMarked
package io.podstamp.differential;

import org.jspecify.annotations.NullMarked;
