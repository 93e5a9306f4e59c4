# shellcheck shell=bash disable=SC2154  # sourced by e2e-chart.sh
# Sourced by e2e-chart.sh: the chart on a cluster, installed, upgraded and uninstalled.

# Nodes of the cluster share one file system but for a few folders: the agent's state lies in one of those.
helm_on_cluster() { "$helm" "$1" podstamp "${@:2}" -n podstamp --kubeconfig "$KUBECONFIG" 2>"$work/said" || { cat "$work/said"; return 1; }; }
apply_chart() { helm_on_cluster "$1" $chart --post-renderer "$work/state" --wait --timeout 240s "${@:2}"; }
# helm takes a DaemonSet for ready while maxUnavailable of its Pods are not: a Node without an agent could not be uninstalled.
rolled_out() { kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s >/dev/null; }
tell_helm() {
  local i before
  printf '#!/bin/sh\nexec sed "s|/var/lib/podstamp|/var/lib/cni/podstamp|"\n' >"$work/state"
  chmod +x "$work/state"
  load_image
  for i in $(seq "$nodes"); do in_node "$i" cp "$conflist" "$conflist.before"; done
  before=$(conflists)
  kubectl create namespace shop >/dev/null
  run_pod shop early 1

  check "helm install: the agents become Ready" quietly_into "$work/notes" apply_chart install --create-namespace
  check "NOTES name the next two commands" says "$(cat "$work/notes")" 'kubectl -n podstamp rollout status daemonset/podstamp'
  check "and the namespace's label" says "$(cat "$work/notes")" 'kubectl label namespace podstamp pod-security.kubernetes.io/enforce=privileged'
  rolled_out
  check "every Node is chained" within 20 all_chained
  kubectl label namespace shop podstamp.io/enabled=true >/dev/null
  check "switched on by a label: a running Pod is stamped" within 30 stamped shop early "$outside"
  run_pod shop orders 1
  check "a new Pod is stamped from its first request" stamped shop orders "$outside"

  check "helm upgrade with another config and drain: Ready" quietly apply_chart upgrade --set 'config.ports={80,8080}' --set agent.drain=30 --set agent.events=true
  rolled_out
  check "its config is in force" within 90 config_has 8080
  check "a Pod is stamped still" within 30 stamped shop orders "$outside"
  check "helm rollback: Ready" quietly helm_on_cluster rollback 1 --wait --timeout 240s
  rolled_out
  check "a Pod is stamped after it" within 30 stamped shop orders "$outside"

  check "helm uninstall" quietly helm_on_cluster uninstall --cascade foreground --wait --timeout 200s
  check "uninstalled: the agents go" within 90 agents_gone
  check "uninstalled: every conflist is as it was, byte for byte" within 20 same_conflists "$before"
  check "uninstalled: no rule is left in any Pod" equal "" "$(left_rules)"
  check "uninstalled: requests go direct" equal "peer=$(node_address 1) name= ip=" "$(seen_by shop orders "$outside")"
}
quietly_into() { "${@:2}" >"$1"; }
config_has() {
  local agent
  agent=$(kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp --field-selector status.phase=Running -o name | head -1)
  says "$(kubectl -n podstamp exec "$agent" -- cat /etc/podstamp/config.yaml)" "$1" >/dev/null
}
