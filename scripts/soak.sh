#!/usr/bin/env bash
# Lets 2 000 Pods come and go on a Node made of namespaces, and fails if anything of them stays: file descriptors,
# threads, network namespaces, heap, firewall rules. Takes half an hour; the test suite does the same with 100. Every 100
# Pods a line tells how it stands; the last line is the verdict, the exit status says the same.
#
#     scripts/soak.sh [CYCLES]
set -euo pipefail
cd "$(dirname "$0")/.."
cycles=${1-2000}
if scripts/test.sh -pl cni-plugin,node-proxy,lab -Dtest=ChurnTest -Dsurefire.failIfNoSpecifiedTests=false -Dpodstamp.cycles="$cycles"; then
  echo "soak: $cycles Pods came and went; nothing of them stayed"
else
  echo "soak: FAILED; what stayed of $cycles Pods, or what went wrong, stands above"
  exit 1
fi
