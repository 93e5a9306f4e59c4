#!/usr/bin/env bash
# grpc-js, which is gRPC for Node, in a Pod that is left alone and in a captured one, against grpc-java's server, nginx in front
# of it, and nghttpd: calls have to end alike in both, and each captured request has to carry its stamp once. npm fetches grpc-js
# into a folder that is removed at the end. Takes half a minute after the build. The last line tells how many checks were
# compared and how many differ.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

grpc_js=@grpc/grpc-js@1.14.7

# Stops what still runs and removes the folder, whatever the end.
end() {
  [ -z "$node" ] || { kill "$node" && wait "$node"; } 2>/dev/null || true
  rm -rf "$modules"
}

find_jdk
need_packages mvn:maven
need_lab_packages
need_grpc_js_packages
scripts/in-own-node.sh true

node=''
modules=$(mktemp -d)
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
log=$(npm install --no-save --no-audit --no-fund --ignore-scripts --prefix "$modules" "$grpc_js" 2>&1) ||
  die "$grpc_js: npm could not install it (maybe no package registry can be reached): $log"
scripts/build.sh
# In the background, so that a signal is heard at once; the Node's own /run goes with it, and temporary files too.
scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -Djava.io.tmpdir=/run -cp "lab/target/classes:lab/target/lib/*" \
  io.podstamp.lab.GrpcJs target/podstamp "$modules" &
node=$!
status=0
wait "$node" || status=$?
node=''
exit "$status"
