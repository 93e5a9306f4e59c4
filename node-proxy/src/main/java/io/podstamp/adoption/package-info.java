/// Pods that run already and of which CNI did not tell. Start reading at [Adoption].
@NullMarked
package io.podstamp.adoption;

import org.jspecify.annotations.NullMarked;
