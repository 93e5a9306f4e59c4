#!/usr/bin/env bash
# Makes daemonset/admission anew, of the table in AdmissionPolicies.java. A test compares what is committed.
#
#     scripts/admission.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
"$JAVA_HOME/bin/java" node-proxy/src/test/java/io/podstamp/chart/AdmissionPolicies.java daemonset/admission
