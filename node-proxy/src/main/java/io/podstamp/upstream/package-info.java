/// Last stage of a connection: dial what the application dialled, and carry bytes both ways. Start
/// reading at [Dialer], then [Relay].
@NullMarked
package io.podstamp.upstream;

import org.jspecify.annotations.NullMarked;
