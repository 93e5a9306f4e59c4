/// Leaf: the header compression of HTTP/2 (RFC 7541), as far as a block is read without losing what
/// its sender chose. Start reading at [BlockReader].
@NullMarked
package io.podstamp.hpack;

import org.jspecify.annotations.NullMarked;
