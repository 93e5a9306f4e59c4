/// Beside the way: whether a Node has what podstamp needs, looked at one thing after the other,
/// each with what to do when it has not. Nothing is left behind. Start reading at [Check].
@NullMarked
package io.podstamp.doctor;

import org.jspecify.annotations.NullMarked;
