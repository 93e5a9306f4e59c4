#!/usr/bin/env bash
# podstamp on a real Kubernetes, with its own kubelet, container runtime and API server.
#
#     sudo scripts/e2e.sh --cluster DIR [--nodes 1|2|3] [--keep] [--manifests] [--built]
#     scripts/e2e.sh --kind [--built]
#
# DIR holds the scripts of a cluster that runs on this machine (up.sh, down.sh, in-node.sh, in-outside.sh). It is started empty and taken
# down at the end, unless --keep. With --manifests podstamp is installed from daemonset/ and its image, else its agents are started by
# hand. --kind: the cluster of scripts/kind.sh, and always the manifests. With --built, target/ is as the last run has left it. Every
# check that fails is told; the last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

kit='' kind='' nodes=1 keep='' manifests='' built=''
while [ $# -gt 0 ]; do
  case $1 in
  --cluster) kit=$(cd "${2:?--cluster: a folder}" && pwd) && shift ;;
  --kind) kind=yes manifests=yes ;;
  --nodes) nodes=${2:?--nodes: a number} && shift ;;
  --keep) keep=yes ;;
  --manifests) manifests=yes ;;
  --built) built=yes ;;
  *) die "$1: unknown option (expected: --cluster DIR, --kind, --nodes N, --keep, --manifests, --built)" ;;
  esac
  shift
done
find_jdk
. scripts/e2e/checks.sh
if [ -n "$kind" ]; then
  . scripts/e2e/kind.sh
else
  [ -x "$kit/up.sh" ] || die "--cluster: ${kit:-missing} (expected: the folder with the cluster's up.sh)"
  [ "$(id -u)" -eq 0 ] || die "e2e.sh starts a cluster, which needs root."
  need_packages nginx:nginx-light
  . scripts/e2e/cluster.sh
fi
. scripts/e2e/story.sh
. scripts/e2e/manifests.sh
. scripts/e2e/current.sh

if [ -z "$built" ]; then
  scripts/build.sh
  if [ -n "$kind" ]; then scripts/image.sh; elif [ -n "$manifests" ]; then scripts/image.sh --rootfs debian; fi
fi
trap 'end_cluster; summary' EXIT
trap 'exit 130' INT TERM
start_cluster
start_gateway
if [ -n "$manifests" ]; then
  tell_manifests
  tell_agent_only
  tell_capabilities
  if is_current; then
    check "the namespace goes" within 150 namespace_gone
    tell_objects
    tell_admission
    tell_signer
  fi
else
  tell_story
fi
