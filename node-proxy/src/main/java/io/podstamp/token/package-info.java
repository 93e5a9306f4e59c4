/// A leaf: signed tokens about Pods as values with their bytes. Start with [SigningKeys], then
/// [PodClaims].
@NullMarked
package io.podstamp.token;

import org.jspecify.annotations.NullMarked;
