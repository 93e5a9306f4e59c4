/// The floor: the few libc calls that Java has no class for, which is the only code that may leave
/// the JVM's safety, and runs of other programs. Start reading at [Libc].
@NullMarked
package io.podstamp.os;

import org.jspecify.annotations.NullMarked;
