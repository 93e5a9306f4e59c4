/// The benchmark: workloads, each run against podstamp and its peers in turn, and the file that
/// tells what was seen. Start reading at [Workload] and [Workloads]; [Arena] sets up who takes
/// part, [Bench] runs it.
@NullMarked
package io.podstamp.lab.bench;

import org.jspecify.annotations.NullMarked;
