#!/usr/bin/env bash
# Makes the templates of the Helm chart, daemonset/chart, anew of the manifests for kustomize. A test compares what is committed.
#
#     scripts/chart.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
"$JAVA_HOME/bin/java" node-proxy/src/test/java/io/podstamp/chart/ChartTemplates.java daemonset
