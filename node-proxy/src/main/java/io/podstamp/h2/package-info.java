/// HTTP/2: frames pass as they came, request header blocks get the stamp. Start reading at
/// [Http2Stamper].
@NullMarked
package io.podstamp.h2;

import org.jspecify.annotations.NullMarked;
