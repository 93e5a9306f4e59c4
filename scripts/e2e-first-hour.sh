#!/usr/bin/env bash
# The first hour of a new platform engineer, on a real cluster: the commands of README and docs as they stand there, and in each situation
# every instrument asked: pods, explain, the page's source, metrics, status annotation and events, against what the gateway saw.
#
#     sudo scripts/e2e-first-hour.sh --cluster DIR [--keep] [--built]
#
# DIR is as for e2e.sh. Commands are taken from the pages by the marker `<!-- first-hour: NAME -->` before them. Where a kustomize is on the
# PATH, overlays are built with it too.
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
[ -x "$kit/up.sh" ] || die "--cluster: ${kit:-missing} (expected: the folder with the cluster's up.sh)"
[ "$(id -u)" -eq 0 ] || die "e2e-first-hour.sh starts a cluster, which needs root."
need_packages nginx:nginx-light jq:jq openssl:openssl curl:curl
. scripts/e2e/checks.sh
. scripts/e2e/cluster.sh
. scripts/e2e/story.sh
. scripts/e2e/manifests.sh
. scripts/e2e/instruments.sh
. scripts/e2e/first-hour.sh
. scripts/e2e/first-hour-agent.sh
gateway_config() { observing_gateway "$@"; }

begin_with_image
load_image
tell_overlays
tell_installation
tell_situations
tell_troubles_of_the_agent
tell_examples
tell_uninstallation
