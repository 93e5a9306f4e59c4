#!/usr/bin/env bash
# Builds podstamp and runs every test, each test JVM on a Node of its own. The last line tells how many passed.
#
#     scripts/test.sh [MAVEN ARG…]      e.g. -pl lab -Dtest=JourneyTest
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
export NODE_JDK=$JAVA_HOME
need_packages mvn:maven
need_lab_packages
need_peers
need_failure_clients
need_gateways
need_sidecar_packages
need_browser
need_interop_packages
need_monitoring_packages
need_bench_packages
scripts/in-own-node.sh true

scripts/build.sh
find . -path '*/target/surefire-reports' -prune -exec rm -rf {} +
status=0
"$MVN" -B -fae -Dtest.jvm="$PWD/scripts/own-node-jdk/bin/java" verify "$@" || status=$?

# Sums the attributes of the <testsuite> elements: one line a module for whoever reads a log from its end.
counts=$(find . -path '*/target/surefire-reports/TEST-*.xml' -exec cat {} + | tr '\n' ' ' | grep -oE '<testsuite [^>]*>' | awk '
  function attribute(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
  { tests += attribute("tests"); failed += attribute("failures") + attribute("errors"); skipped += attribute("skipped") }
  END { print tests - failed - skipped, failed + 0, skipped + 0 }')
read -r passed failed skipped <<<"$counts"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" -ne 0 ] || [ "$failed" -eq 0 ] || status=1
[ "$status" -ne 0 ] || [ "$passed" -gt 0 ] || status=1
exit "$status"
