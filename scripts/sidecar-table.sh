#!/usr/bin/env bash
# Tries podstamp's sidecar side by side with an nginx that is configured as lijiaocn/nginx-tranproxy of 2019 was, and
# prints the table of docs/coming-from-nginx-tranproxy.md. Takes a minute after the build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
need_sidecar_packages
scripts/in-own-node.sh true
scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.SidecarTable target/podstamp
