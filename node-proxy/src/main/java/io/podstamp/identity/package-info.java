/// Stage: who sent it. What CNI told us (the attachment) and what the API server tells us (the
/// [Directory]) become one Pod identity. Start reading at [Identifier]; only the classes named
/// `Kubernetes…` know the API client.
@NullMarked
package io.podstamp.identity;

import org.jspecify.annotations.NullMarked;
