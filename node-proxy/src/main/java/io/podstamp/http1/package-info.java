/// HTTP/1: requests are taken apart as strictly as it takes to be certain where each ends, and get
/// the stamp without being re-serialised. Start reading at [Http1Stamper].
@NullMarked
package io.podstamp.http1;

import org.jspecify.annotations.NullMarked;
