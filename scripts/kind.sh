#!/usr/bin/env bash
# podstamp on kind, for whoever has docker, kind and kubectl:
#
#     scripts/kind.sh up       a cluster of two nodes with podstamp in it, from this source
#     scripts/kind.sh e2e      the story of scripts/e2e.sh on a cluster that is up
#     scripts/kind.sh down     takes it away
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

for tool in docker kind kubectl; do
  command -v "$tool" >/dev/null || die "$tool: not found (expected: docker, kind and kubectl)"
done

case ${1-} in
up)
  scripts/image.sh
  kind create cluster --config scripts/e2e/kind-cluster.yaml
  kind load image-archive --name podstamp target/podstamp-image.tar
  kubectl --context kind-podstamp apply -k daemonset/overlays/kind
  kubectl --context kind-podstamp -n podstamp rollout status daemonset/podstamp --timeout=180s
  ;;
e2e)
  # The story starts where podstamp is not installed.
  kubectl --context kind-podstamp delete -k daemonset/overlays/kind --ignore-not-found
  scripts/e2e.sh --kind
  ;;
down) kind delete cluster --name podstamp ;;
*) die "${1-nothing}: unknown (expected: up, e2e or down)" ;;
esac
