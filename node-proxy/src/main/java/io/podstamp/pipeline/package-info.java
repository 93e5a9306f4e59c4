/// Leaf: what the stages of the application's pipeline have in common: the events by which they
/// tell the relay what to do, and [Stage], which holds bytes until they can be read on.
@NullMarked
package io.podstamp.pipeline;

import org.jspecify.annotations.NullMarked;
