#!/usr/bin/env bash
# Fuzzes what reads strangers' bytes, with Jazzer, coverage-guided.
#
#     scripts/fuzz.sh [--seconds N] [TARGET…]      each target for N seconds (default 600); default: all of them but
#                                                    differential.ServersFuzz, which shows all that leaves to the JVM's servers
#
# What was found interesting stays in target/fuzz/TARGET/corpus and is the beginning of the next run. Every run adds a line
# with its executions to target/fuzz/executions.log; the sum is printed last. A finding ends the run with its input in
# target/fuzz/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

seconds=600
targets=()
while [ $# -gt 0 ]; do
  case $1 in
  --seconds) seconds=${2:?--seconds: a number is missing}; shift 2 ;;
  -*) die "$1: unknown option (expected: --seconds N)" ;;
  *) targets+=("$1"); shift ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || targets=(http1.ConnectionFuzz http1.AnswerFuzz guard.TripwireFuzz h2.Http2Fuzz)

find_jdk
need_packages mvn:maven
jazzer=$(sed -n 's:.*<jazzer.version>\(.*\)</jazzer.version>.*:\1:p' pom.xml)
"$MVN" -B -q -pl cni-plugin,node-proxy test-compile dependency:build-classpath -Dmdep.includeScope=test \
  -Dmdep.outputFile=target/fuzz-classpath.txt
"$MVN" -B -q -N dependency:copy -Dartifact="com.code-intelligence:jazzer:$jazzer" -DoutputDirectory=target/fuzz/lib
"$MVN" -B -q -N dependency:copy -Dartifact="com.code-intelligence:jazzer-api:$jazzer" -DoutputDirectory=target/fuzz/lib

fuzzed=$(printf 'io.podstamp.%s.**:' stamp sniff accept http1 guard h2 hpack proxyprotocol)
test_side=$(printf 'io.podstamp.%s:' http1.ConnectionFuzz http1.AnswerFuzz guard.TripwireFuzz http1.Wire http1.RecordingTally \
  h2.Http2Fuzz h2.Http2 'h2.Http2$*')
classes=$PWD/node-proxy/target/test-classes:$PWD/node-proxy/target/classes:$PWD/cni-plugin/target/classes
classpath="$PWD/target/fuzz/lib/*:$classes:$(cat node-proxy/target/fuzz-classpath.txt)"
for target in "${targets[@]}"; do
  home=$PWD/target/fuzz/$target
  mkdir -p "$home/corpus"
  log=$home/log.txt
  status=0
  (cd "$home" && "$JAVA_HOME/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -XX:+EnableDynamicAgentLoading -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class="io.podstamp.$target" --instrumentation_includes="$fuzzed" --instrumentation_excludes="$test_side" \
    --custom_hook_includes='io.podstamp.**' --disabled_hooks='**:com.code_intelligence.jazzer.sanitizers.ServerSideRequestForgery' -max_total_time="$seconds" -max_len=300 -timeout=10 -print_final_stats=1 corpus) >"$log" 2>&1 || status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  echo "$target ${executions:-0}" >>target/fuzz/executions.log
  echo "$target: ${executions:-0} executions in $seconds s, $(find "$home/corpus" -type f | wc -l) inputs in the corpus"
  [ "$status" -eq 0 ] || { tail -40 "$log"; die "$target: a finding; its input is in $home."; }
done
awk '{ sum[$1] += $2; all += $2 } END { for (t in sum) print t ": " sum[t] " executions so far"; print all " executions so far" }' target/fuzz/executions.log
