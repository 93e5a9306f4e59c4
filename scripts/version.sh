#!/usr/bin/env bash
# Prints podstamp's version, or sets it: in the poms, the chart, the image tags of daemonset, and what `podstamp version` prints. VersionTest compares them.
#
#     scripts/version.sh [VERSION]      e.g. 0.2.0
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

before=$(version)
if [ $# -gt 0 ]; then
  [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || die "$1: no version (expected: such as 0.2.0 or 0.2.0-SNAPSHOT)"
  for pom in pom.xml */pom.xml; do
    sed -i "0,\|<version>$before</version>|s||<version>$1</version>|" "$pom"
  done
  sed -i -E "s/^(version|appVersion): .*/\1: $1/" daemonset/chart/Chart.yaml
  sed -i "s|VERSION = \".*\"|VERSION = \"$1\"|" node-proxy/src/main/java/io/podstamp/metrics/Build.java
  sed -i "s|newTag: .*|newTag: $1|" daemonset/base/kustomization.yaml daemonset/overlays/taint/kustomization.yaml daemonset/overlays/signer/kustomization.yaml
fi
version
