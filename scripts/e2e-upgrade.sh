#!/usr/bin/env bash
# A newcomer, and another version: README's commands from an empty folder to a stamped request, five broken Pods explained and mended, then an
# upgrade from another version to this one and back, under load that the receiver outside counts.
#
#     sudo scripts/e2e-upgrade.sh --cluster DIR --from DIR [--helm FILE] [--keep] [--built]
#
# --cluster is as for e2e.sh. --from is a checkout of the other version whose image is made: git worktree add DIR COMMIT, and in it
# scripts/build.sh and scripts/image.sh --rootfs debian. helm is as for e2e-chart.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

kit='' nodes=2 keep='' built='' from='' helm=helm
while [ $# -gt 0 ]; do
  case $1 in
  --cluster) kit=$(cd "${2:?--cluster: a folder}" && pwd) && shift ;;
  --from) from=$(cd "${2:?--from: a folder}" && pwd) && shift ;;
  --helm) helm=${2:?--helm: a file} && shift ;;
  --keep) keep=yes ;;
  --built) built=yes ;;
  *) die "$1: unknown option (expected: --cluster DIR, --from DIR, --helm FILE, --keep, --built)" ;;
  esac
  shift
done
[ -x "$kit/up.sh" ] || die "--cluster: ${kit:-missing} (expected: the folder with the cluster's up.sh)"
[ -e "$from/target/podstamp-image.tar" ] || die "--from: ${from:-missing} (expected: a checkout with target/podstamp-image.tar)"
command -v "$helm" >/dev/null || die "$helm: not found (expected: helm on the PATH, or --helm)"
[ "$(id -u)" -eq 0 ] || die "e2e-upgrade.sh starts a cluster, which needs root."
need_packages nginx:nginx-light jq:jq
. scripts/e2e/checks.sh
. scripts/e2e/cluster.sh
. scripts/e2e/story.sh
. scripts/e2e/manifests.sh
. scripts/e2e/instruments.sh
. scripts/e2e/newcomer.sh
. scripts/e2e/upgrade.sh

begin_with_image
load_versions
tell_newcomer
tell_broken_pods
tell_other_version
