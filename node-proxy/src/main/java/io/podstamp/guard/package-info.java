/// What stands in where no stage is certain: client bytes pass, and a header of a name of ours in
/// them ends the connection. Start reading at [TripwireHandler].
@NullMarked
package io.podstamp.guard;

import org.jspecify.annotations.NullMarked;
