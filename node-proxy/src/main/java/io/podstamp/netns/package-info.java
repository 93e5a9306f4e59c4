/// Stage: an open network namespace, what is made inside it (sockets, redirect rules) and the lease
/// that keeps the rules working. Start reading at [Netns].
@NullMarked
package io.podstamp.netns;

import org.jspecify.annotations.NullMarked;
