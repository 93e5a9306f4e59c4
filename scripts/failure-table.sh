#!/usr/bin/env bash
# Measures what applications see of destinations that fail, without podstamp and with it, and prints the table of
# docs/what-applications-see.md. Takes a minute after the build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
need_failure_clients
scripts/in-own-node.sh true
scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.FailureTable target/podstamp
