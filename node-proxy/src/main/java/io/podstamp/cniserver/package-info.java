/// The agent as the CNI plugin sees it: a Unix socket, and the answer to each verb. Start reading
/// at [CniServer], then [CniVerbs].
@NullMarked
package io.podstamp.cniserver;

import org.jspecify.annotations.NullMarked;
