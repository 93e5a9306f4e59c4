package io.podstamp.upstream;

import java.net.InetSocketAddress;

/// Where the application wanted to go: what it passed to `connect(2)`, before the redirect; or,
/// where it is told by name, what that name resolves to.
public record OriginalDestination(InetSocketAddress address) {}
