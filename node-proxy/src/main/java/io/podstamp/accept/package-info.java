/// First stage of a connection: the Pod's listener, where the application wanted to go, and what it
/// speaks. Start reading at [ConnectionInitializer], the one file that knows handler order.
@NullMarked
package io.podstamp.accept;

import org.jspecify.annotations.NullMarked;
