/// The composition root of the agent: everything that runs on a Node, put together in the order
/// data travels. Start reading at [NodeAgent].
@NullMarked
package io.podstamp.node;

import org.jspecify.annotations.NullMarked;
