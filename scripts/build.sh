#!/usr/bin/env bash
# Builds target/podstamp, which holds everything it needs to run and works wherever it is copied to:
#
#     bin/podstamp   the agent and the command line
#     cni/podstamp   the CNI plugin that a container runtime calls, with its runtime beside it
#
#     scripts/build.sh [MAVEN ARG…]      e.g. -Dspotless.check.skip
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
out=target/podstamp

log=$("$MVN" -B -ntp -DskipTests package -pl cni-plugin,node-proxy,lab "$@" 2>&1) || die "$log"

rm -rf "$out"
mkdir -p "$out/bin" "$out/cni/podstamp.d" "$out/lib"

# One runtime for both: java.base and its virtual machine are most of each. jlink's own java warns at length while it makes
# the CDS archive; it is heard only on failure.
modules=java.base,java.logging,java.management,java.naming,java.net.http,java.xml,jdk.httpserver,jdk.net,jdk.unsupported
log=$("$JAVA_HOME/bin/jlink" --output "$out/runtime" --module-path cni-plugin/target/classes \
  --add-modules "io.podstamp.cni,$modules" --strip-debug --compress zip-6 --no-header-files --no-man-pages \
  --generate-cds-archive 2>&1) || die "$log"
rm "$out/runtime/lib/server/classes_nocoops.jsa" # for heaps beyond 32 GB

# The agent: jars on the class path. What it shares with the plugin is a module of the runtime; Netty's native part is there for
# every processor.
cp node-proxy/target/podstamp-node-proxy-*.jar node-proxy/target/lib/*.jar "$out/lib/"
rm "$out"/lib/podstamp-cni-plugin-*.jar
find "$out/lib" -name 'netty-transport-native-epoll-*-linux-*' \
  ! -name "*-linux-$(uname -m | sed 's/aarch64/aarch_64/').jar" -delete
install -m 755 node-proxy/src/main/sh/podstamp "$out/bin/podstamp"
# An AOT cache remembers the jars' times, and all files of the image have this one.
touch --date=@0 "$out"/lib/*.jar

# The plugin has a runtime of its own, since it is copied onto the host; here, and in the image, both are the same files. One ADD
# against a stand-in for the agent records the classes it loads; without the record it starts too, in twice the time.
cp -al "$out/runtime" "$out/cni/podstamp.d/runtime"
install -m 755 cni-plugin/src/main/sh/podstamp "$out/cni/podstamp"
install -m 644 node-proxy/src/main/resources/io/podstamp/install/tombstone.sh "$out/cni/podstamp.d/absent"
training=$(mktemp -d)
timeout 60 "$JAVA_HOME/bin/java" -cp cni-plugin/target/classes cni-plugin/src/build/TrainingAgent.java "$training/sock" &
agent=$!
trap 'kill "$agent" 2>/dev/null || true; rm -rf "$training"' EXIT
while [ ! -S "$training/sock" ] && kill -0 "$agent" 2>/dev/null; do sleep 0.1; done
echo '{"cniVersion":"1.0.0","name":"net","type":"podstamp","socket":"'"$training/sock"'","prevResult":{"ips":[]}}' |
  PODSTAMP_AOT_OPTION="-XX:AOTCacheOutput=$PWD/$out/cni/podstamp.d/aot" \
  CNI_COMMAND=ADD CNI_CONTAINERID=training CNI_NETNS=/run/netns/none CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
  CNI_ARGS='K8S_POD_NAMESPACE=training;K8S_POD_NAME=training' \
  "$out/cni/podstamp" >/dev/null 2>"$training/log" || die "$(cat "$training/log")"
wait "$agent" || die "The plugin asked no agent in its training run."
[ -s "$out/cni/podstamp.d/aot" ] || die "The plugin's training run left no AOT cache."

# What the agent loads, and what is hot in it, is recorded likewise: it starts in a quarter of the time then, and its first Pods are
# captured in half. Pods come and go on a Node of its own; where the kernel lets nobody make one, as in most builds of images, or cannot
# redirect, only its start is recorded.
"$JAVA_HOME/bin/javac" -d "$training/classes" -cp cni-plugin/target/classes node-proxy/src/build/TrainingNode.java
if ! scripts/in-own-node.sh true 2>/dev/null || ! scripts/in-own-node.sh scripts/train-agent.sh "$out" "$training" pods; then
  echo "The agent's AOT cache is made without Pods." >&2
  scripts/train-agent.sh "$out" "$training"
fi
