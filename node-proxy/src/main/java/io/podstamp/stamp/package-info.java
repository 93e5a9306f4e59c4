/// Stage: header rules and a Pod's identity become bytes once per Pod ([Stamp]), and requests get
/// them without being re-serialised. Start reading at [Http1Stamper].
@NullMarked
package io.podstamp.stamp;

import org.jspecify.annotations.NullMarked;
