/// Who signs what for the Pods of a Node or for one, and when: [PodTokens] are what requests carry,
/// a [TokenSigner] makes them.
@NullMarked
package io.podstamp.signing;

import org.jspecify.annotations.NullMarked;
