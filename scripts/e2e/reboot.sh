# shellcheck shell=bash disable=SC2154  # sourced by e2e-reboot.sh
# Sourced by e2e-reboot.sh: node 2 loses its power, and is new; node 1 stays.

taint=podstamp.io/agent-not-ready

tell_power_cut() {
  in_node 2 cp "$conflist" "$conflist.before"
  kubectl cordon node2 >/dev/null # what is one for the whole cluster has to outlive node 2
  kubectl apply -k daemonset/overlays/taint >/dev/null
  check "agents are Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "podstamp untaint is Ready" quietly kubectl -n podstamp rollout status deployment/podstamp-untaint --timeout=120s
  kubectl uncordon node2 >/dev/null
  kubectl create namespace shop >/dev/null
  kubectl annotate namespace shop podstamp.io/enabled=true >/dev/null
  kubectl create namespace bank >/dev/null
  kubectl annotate namespace bank podstamp.io/enabled=true podstamp.io/profile=strict >/dev/null
  check "the agent lists the strict namespace" within 20 in_node 2 grep -qx bank /var/lib/podstamp/strict-namespaces
  callers shop 4 | kubectl apply -f - >/dev/null
  callers bank 2 | kubectl apply -f - >/dev/null
  check "callers run on node 2" within 60 all_run
  check "their requests are stamped" within 30 heard_stamped

  power_cut
  local began=$SECONDS
  power_on
  check "power cut: no Pod is stuck" within 240 all_run
  echo "        $((SECONDS - began)) s until all Pods run again"
  check "power cut: the agent is Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "power cut: requests are stamped again" within 60 heard_stamped
  tell_heard "power cut"
  check "power cut: a strict Pod sent none unstamped" equal 0 "$(heard bank unstamped)"
  check "power cut: no taint, which is for new Nodes" equal "" "$(taints)"
}

# Deployments, so that their Pods pass the scheduler
callers() { # NAMESPACE REPLICAS
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: caller, namespace: $1}
spec:
  replicas: $2
  selector: {matchLabels: {run: caller}}
  template:
    metadata: {labels: {run: caller}}
    spec:
      nodeSelector: {kubernetes.io/hostname: node2}
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: $busybox
          command: [sh, -c, "while :; do timeout 5 wget -qO- http://$outside/from/$1/\$HOSTNAME >/dev/null 2>&1; sleep 0.2; done"]
END
}
all_run() { # six callers Ready on node 2, as their kubelet says, and nothing that waits or fails
  [ "$(kubectl get pods -A -l run=caller -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null) | .status.conditions[]? | select(.type == "Ready" and .status == "True")] | length')" = 6 ] &&
    node_is_ready && kubelet_knows 6
}
node_is_ready() { quietly kubectl wait --for=condition=Ready node/node2 --timeout=1s 2>/dev/null; }
# The API server keeps what was true before the power went: the containers tell.
kubelet_knows() { [ "$(in_node 2 ctr -n k8s.io tasks list 2>/dev/null | grep -c RUNNING)" -ge "$(($1 * 2))" ]; }

# Requests since the last cut, by the receiver
heard() { # NAMESPACE [unstamped]
  tail -n "+$((heard_from + 1))" "$work/access.log" | grep -F "GET /from/$1/" >"$work/heard" || true
  if [ "${2-}" = unstamped ]; then grep -c ' name= ' "$work/heard" || true; else wc -l <"$work/heard"; fi
}
heard_from=0
heard_stamped() {
  local pods
  tail -n 60 "$work/access.log" >"$work/last"
  pods=$(kubectl get pods -A -l run=caller -o 'jsonpath={.items[*].metadata.name}')
  for pod in $pods; do grep -q " name=$pod port=80 .*/$pod " "$work/last" || return 1; done
}
tell_heard() {
  local namespace
  for namespace in shop bank; do
    echo "        $1: of $(heard $namespace) requests from Namespace $namespace $(heard $namespace unstamped) were unstamped"
  done
}

# Processes end at once, and what lies in memory is gone: /run, mounts, links. What lies on disk stays.
power_cut() {
  local holder pids
  heard_from=$(wc -l <"$work/access.log")
  holder=$(cat "$(dirname "$KUBECONFIG")/../run/node2.pid")
  for _ in $(seq 50); do
    pids=$(find /sys/fs/cgroup/pids/realnode/node2 /sys/fs/cgroup/pids/realnode/pods2 -name cgroup.procs -exec cat {} + | grep -vx "$holder" || true)
    [ -n "$pids" ] || break
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    sleep 0.1
  done
  find /sys/fs/cgroup/*/realnode/pods2/kubepods -depth -type d -exec rmdir {} + 2>/dev/null || true
  in_node 2 sh -c '
    awk "{ print \$2 }" /proc/mounts | grep -E "^/run/(containerd|netns/cni-)|^/var/lib/kubelet/pods/" | sort -r | xargs -r umount -l
    rm -rf /run/containerd /run/netns/cni-* /run/podstamp
    ip link del cni0'
}
power_on() { "$kit/restart.sh" containerd2 kubelet2 proxy2; }

tell_new_node() {
  local before kubelet
  power_cut
  kubectl delete node node2 >/dev/null
  in_node 2 sh -c "mv $conflist.before $conflist; rm -rf /opt/cni/bin/podstamp* /var/lib/podstamp/* /var/lib/cni/results /var/lib/cni/networks"
  kubelet=$(dirname "$KUBECONFIG")/../run/kubelet2
  sed -i "\$s|\$| --register-with-taints=$taint=:NoSchedule|" "$kubelet"
  check "a Node is deleted: its Pods too" within 120 no_caller_is_bound
  heard_from=$(wc -l <"$work/access.log")
  before=$SECONDS
  power_on
  check "a new Node has the taint that its kubelet was given" within 60 equal $taint "$(taints_soon)"
  check "Pods wait for its agent" equal Pending "$(kubectl get pods -A -l run=caller -o 'jsonpath={.items[*].status.phase}' | tr ' ' '\n' | sort -u)"
  check "the taint goes once its agent is Ready" within 240 untainted
  echo "        $((SECONDS - before)) s from the kubelet's start to a Node without the taint"
  check "its Pods run" within 120 all_run
  check "their requests are stamped" within 60 heard_stamped
  tell_heard "new Node with the taint"
  check "none was unstamped" equal "0 0" "$(heard shop unstamped) $(heard bank unstamped)"

  kubectl -n podstamp delete pod -l app.kubernetes.io/name=podstamp --field-selector spec.nodeName=node2 >/dev/null
  check "its agent goes: the taint does not come back" equal "" "$(taints)"
  check "and another one comes" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
}
no_caller_is_bound() { [ -z "$(kubectl get pods -A -l run=caller -o 'jsonpath={.items[*].spec.nodeName}')" ]; }
taints() { kubectl get node node2 -o jsonpath="{.spec.taints[?(@.key==\"$taint\")].key}" 2>/dev/null; }
taints_soon() { within 60 has_taint && taints; }
has_taint() { [ -n "$(taints)" ]; }
untainted() { [ -z "$(taints)" ] && node_is_ready; }
