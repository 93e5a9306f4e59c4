#!/usr/bin/env bash
# A Node's whole life: its power is cut and comes back, and a Node that is new gets no Pod before its agent is ready.
#
#     sudo scripts/e2e-reboot.sh --cluster DIR [--keep] [--built]
#
# DIR is as for e2e.sh, and has restart.sh too. Requests are counted by who receives them, outside the cluster.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

kit='' nodes=2 keep='' built=''
while [ $# -gt 0 ]; do
  case $1 in
  --cluster) kit=$(cd "${2:?--cluster: a folder}" && pwd) && shift ;;
  --keep) keep=yes ;;
  --built) built=yes ;;
  *) die "$1: unknown option (expected: --cluster DIR, --keep, --built)" ;;
  esac
  shift
done
[ -x "$kit/restart.sh" ] || die "--cluster: ${kit:-missing} (expected: the folder with the cluster's up.sh and restart.sh)"
[ "$(id -u)" -eq 0 ] || die "e2e-reboot.sh starts a cluster, which needs root."
need_packages nginx:nginx-light jq:jq
. scripts/e2e/checks.sh
. scripts/e2e/cluster.sh
. scripts/e2e/story.sh
. scripts/e2e/manifests.sh
. scripts/e2e/reboot.sh

begin_with_image
load_image
tell_power_cut
tell_new_node
