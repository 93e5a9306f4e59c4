/// The first SYN of a captured connection, held in the kernel until our dial to its destination has
/// shown what becomes of it: so that `connect(2)` tells the application the truth, and so that a
/// process that dies or hangs leaves new connections to go their own way. Start reading at
/// [HeldSyns].
@NullMarked
package io.podstamp.hold;

import org.jspecify.annotations.NullMarked;
