/// The floor: the few libc calls that Java has no class for. The only code that may leave the JVM's
/// safety; start reading at [Libc].
@NullMarked
package io.podstamp.os;

import org.jspecify.annotations.NullMarked;
