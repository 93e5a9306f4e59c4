#!/usr/bin/env bash
# Measures what our own code costs a request, without any network: time and bytes allocated.
#
#     scripts/jmh.sh [JMH OPTION…]      e.g. -f 1
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
log=$("$MVN" -B -q -ntp -pl cni-plugin,node-proxy -Dmdep.outputFile="$classpath" test-compile dependency:build-classpath 2>&1) || die "$log"
"$JAVA_HOME/bin/java" --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -Dio.netty.leakDetection.level=disabled \
  -Djmh.executor=CUSTOM -Djmh.executor.class='io.podstamp.http1.StampBenchmark$NettyThreads' \
  -cp "node-proxy/target/test-classes:node-proxy/target/classes:$(cat "$classpath")" org.openjdk.jmh.Main StampBenchmark -prof gc "$@"
