/// What a connection speaks, by its first bytes: values only, nothing is kept and nothing is sent.
/// Start reading at [Opening].
@NullMarked
package io.podstamp.sniff;

import org.jspecify.annotations.NullMarked;
