/// Tests of the benchmark: its arithmetic, and that it can run.
@org.jspecify.annotations.NullMarked
package io.podstamp.lab.bench;
