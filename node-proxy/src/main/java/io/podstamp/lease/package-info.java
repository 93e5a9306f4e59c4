/// The kernel leases that keep redirects working: renewed only while the proxy can serve, ended at
/// once when it cannot. Start reading at [LeaseKeeper].
@NullMarked
package io.podstamp.lease;

import org.jspecify.annotations.NullMarked;
