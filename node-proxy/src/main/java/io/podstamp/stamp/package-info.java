/// Stage: header rules and a Pod's identity become bytes, once per Pod ([Stamp]). Start reading
/// there; [Octets] has the classes of bytes that names and values are made of.
@NullMarked
package io.podstamp.stamp;

import org.jspecify.annotations.NullMarked;
