# shellcheck shell=bash disable=SC2154  # sourced by e2e-upgrade.sh
# Sourced by e2e-upgrade.sh: from another version to this one and back. Kubernetes 1.20 has no maxSurge: a second DaemonSet beside the first is
# what it does, and the first one's Pods leave while the DaemonSet itself stays, as in an upgrade.

load_versions() {
  local i
  for i in $(seq "$nodes"); do
    in_node "$i" ctr -n k8s.io images import "$from/target/podstamp-image.tar" >/dev/null
    in_node "$i" ctr -n k8s.io images tag "$image" "${image%:*}:from" >/dev/null
    in_node "$i" ctr -n k8s.io images rm "$image" >/dev/null
  done
  load_image
  for i in $(seq "$nodes"); do in_node "$i" ctr -n k8s.io images tag "$image" "${image%:*}:to" >/dev/null; done
}

tell_other_version() {
  local i namespace
  check "helm uninstall, as documented" quietly as_documented docs/install.md helm-uninstall
  check "the agents have gone" within 90 agents_gone
  quietly kubectl delete namespace podstamp other fresh --timeout=150s

  of_version from "$from" | kubectl apply -f - >/dev/null
  check "the other version: Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  let_be_next
  kubectl create namespace bank >/dev/null
  kubectl annotate namespace bank podstamp.io/enabled=true podstamp.io/profile=strict >/dev/null
  check "the other version: a Pod of before is stamped" within 60 stamped shop early "$outside"
  sleep 5 # agents write down within seconds which namespaces are strict
  for namespace in shop bank; do
    for i in $(seq "$nodes"); do run_pod "$namespace" "load-$i" "$i" load; done
    start_load "$namespace"
  done

  hand_over "upgrade" podstamp podstamp-next next_version
  check "upgrade: Pods that start meanwhile are Ready" quietly run_pod shop between 1
  check "upgrade: and stamped" stamped shop between "$outside"
  kubectl -n podstamp delete daemonset podstamp --wait=false >/dev/null
  check "upgrade: the other version's agents go" within 180 gone podstamp
  hand_over "roll-back" podstamp-next podstamp of_version from "$from"
  check "roll-back: Pods that start meanwhile are Ready" quietly run_pod shop back 1
  check "roll-back: and stamped" stamped shop back "$outside"
  check "roll-back: this version's agents go" within 180 gone podstamp-next

  for namespace in shop bank; do end_load "$namespace"; done
  for namespace in shop bank; do tell_load "$namespace"; done
  check "every Node is chained still" all_chained
  check "no Pod was started again" equal "0" "$(kubectl get pods -n shop -o json | jq '[.items[].status.containerStatuses[].restartCount] | add')"
  [ "$failed" = 0 ] || kubectl -n podstamp logs -l app.kubernetes.io/name --tail=40 || true
}

# of_version TAG CHECKOUT: the objects of that version's daemonset/base
of_version() { kubectl kustomize "$2/daemonset/base" | sed "s|image: podstamp.*|image: podstamp:$1|"; }
# This version's, its DaemonSet under another name
next_version() {
  of_version to . | awk 'BEGIN { RS = ORS = "---\n" } !/\nkind: DaemonSet\n/'
  of_version to . | daemon_set_alone | as_next
}

# hand_over WHAT FROM TO CMD…: the DaemonSet TO, which CMD writes with all that it needs, takes over from the DaemonSet FROM.
hand_over() {
  "${@:4}" | kubectl apply -f - >/dev/null
  check "$1: the next agents are Ready beside the first" quietly kubectl -n podstamp rollout status "daemonset/$3" --timeout=240s
  kubectl -n podstamp patch daemonset "$2" --type=merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"podstamp.io/none":"here"}}}}}' >/dev/null
  check "$1: the next agents serve" within 90 serving "$3"
}
