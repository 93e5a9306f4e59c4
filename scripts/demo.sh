#!/usr/bin/env bash
# Shows what podstamp is for, on real packets: builds it, makes a Kubernetes Node out of network namespaces and tells
# the story there. Exits with 0 when the gateway's own log has proven every chapter. Leaves nothing behind.
#
#     scripts/demo.sh [--keep]      --keep: stay on the Node afterwards, to look around
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

for option in "$@"; do
  [ "$option" = --keep ] || die "$option: unknown option (expected: --keep, or none)"
done
find_jdk
need_packages mvn:maven
need_lab_packages
scripts/in-own-node.sh true

echo "Building podstamp …"
scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx256m -XX:-UsePerfData --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.Demo "$@"
