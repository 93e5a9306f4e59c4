/// Questions to the kernel over netlink, and its answers: headers, attributes, sequence numbers,
/// the batches of nfnetlink. Start reading at [NetlinkSocket].
@NullMarked
package io.podstamp.netlink;

import org.jspecify.annotations.NullMarked;
