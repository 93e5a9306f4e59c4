/// Leaf: the header of the PROXY protocol (haproxy's proxy-protocol.txt of 2026-04-27). Start
/// reading at [ProxyHeader], which is sent; [SentHeader] finds one that an application sends
/// itself.
@NullMarked
package io.podstamp.proxyprotocol;

import org.jspecify.annotations.NullMarked;
