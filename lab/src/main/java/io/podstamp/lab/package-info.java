/// A Kubernetes Node in network namespaces, for the demo, the end-to-end tests and the benchmarks:
/// real packets, real CNI plugins, a real gateway outside; only the API server is a mock. Start
/// reading at [Lab], which puts the parts together; nothing here is shipped.
@NullMarked
package io.podstamp.lab;

import org.jspecify.annotations.NullMarked;
