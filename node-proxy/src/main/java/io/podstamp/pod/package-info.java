/// A leaf: who a Pod is. [Attachment] is what CNI ADD told us, [PodIdentity] what a header may say.
@NullMarked
package io.podstamp.pod;

import org.jspecify.annotations.NullMarked;
