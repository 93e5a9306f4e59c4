/// Leaf: tasks that a process does for as long as it lives, which go on whatever one run throws.
/// Start reading at [BackgroundTask].
@NullMarked
package io.podstamp.task;

import org.jspecify.annotations.NullMarked;
