/// Tables of nf_tables as values that can be compared: written by the kernel's own messages, all or
/// nothing, and read back. No `nft` runs. Start reading at [Nftables]; a table's text is for
/// people, by `nft list ruleset`.
@NullMarked
package io.podstamp.nftables;

import org.jspecify.annotations.NullMarked;
