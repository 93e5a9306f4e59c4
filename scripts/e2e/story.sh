# shellcheck shell=bash disable=SC2154  # sourced by e2e.sh
# Sourced by e2e.sh: what users would say, on real Pods.

tell_story() {
  local i
  copy_by_hand
  kubectl create namespace shop >/dev/null
  run_pod shop early 1
  check "before: the gateway sees the node and no name" equal "peer=$(node_address 1) name= ip=" "$(seen_by shop early "$outside")"

  for i in $(seq "$nodes"); do
    start_agent "$i"
    chain "$i"
  done
  sleep 1 # containerd watches the folder; there is nothing to ask whether it has read
  run_pod shop orders "$nodes"
  check "installed, not enabled: no name" equal "peer=$(node_address "$nodes") name= ip=" "$(seen_by shop orders "$outside")"

  kubectl annotate namespace shop podstamp.io/enabled=true >/dev/null
  check "enabled: a running Pod's new connections are stamped" within 10 stamped shop orders "$outside"
  run_pod shop reports 1
  check "enabled: a new Pod is stamped from its first request" stamped shop reports "$outside"
  check "IPv6 too" stamped shop reports "$outside6"
  check "explain says so" grep -q "is captured" <<<"$(podstamp 1 explain shop/reports)"

  crowd
  strict
  leave
}

# run_pod NAMESPACE NAME NODE: a Pod that waits, Ready when this returns
run_pod() {
  pod_manifest "$@" | kubectl apply -f - >/dev/null
  kubectl -n "$1" wait --for=condition=Ready "pod/$2" --timeout=60s >/dev/null
}

pod_manifest() {
  cat <<END
---
apiVersion: v1
kind: Pod
metadata: {name: $2, namespace: $1, labels: {run: ${4:-$2}}}
spec:
  nodeName: $(node_name "$3")
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: "$busybox", command: [sleep, infinity]}]
END
}

seen_by() { kubectl -n "$1" exec "$2" -- timeout 5 wget -qO- "http://$3/" 2>&1 || true; }
stamped() {
  local ip
  ip=$(kubectl -n "$1" get pod "$2" -o jsonpath='{.status.podIP}')
  grep -q " name=$2 ip=$ip\$" <<<"$(seen_by "$@")"
}

# 50 Pods at once, the agent killed meanwhile: all start, all go, nothing stays.
crowd() {
  local before i
  before=$(traces)
  for i in $(seq 50); do pod_manifest shop "crowd-$i" $((i % nodes + 1)) crowd; done | kubectl apply -f - >/dev/null
  sleep 3
  kill_agent 1
  sleep 2
  start_agent 1
  check "50 Pods at once, agent restarted meanwhile: all become Ready" \
    quietly kubectl -n shop wait --for=condition=Ready pod -l run=crowd --timeout=240s
  kubectl -n shop delete pod -l run=crowd --wait >/dev/null
  check "50 Pods deleted: no attachment, netns or descriptor of theirs is left" within 60 same_traces "$before"
}

# What Pods leave on a node: attachments, namespaces, and the agent's descriptors of namespaces and listeners.
traces() {
  local i
  for i in $(seq "$nodes"); do
    echo "node$i: $(in_node "$i" ls "$state/attachments" | wc -l) attachments," \
      "$(in_node "$i" ls /run/netns | wc -l) netns," \
      "$(find "/proc/${agent_pid[$i]}/fd" -printf '%l\n' | grep -c '^net:\|^/run/netns')" "descriptors of netns"
  done
}
same_traces() { [ "$(traces)" = "$1" ]; }

# A Pod that must not run unstamped waits for the agent.
strict() {
  kubectl create namespace bank >/dev/null
  kubectl annotate namespace bank podstamp.io/enabled=true podstamp.io/profile=strict >/dev/null
  check "the agent lists the strict namespace" within 10 in_node 1 grep -qx bank "$state/strict-namespaces"
  kill_agent 1
  pod_manifest bank vault 1 | kubectl apply -f - >/dev/null
  pod_manifest shop meanwhile 1 | kubectl apply -f - >/dev/null
  check "agent down: other Pods start" quietly kubectl -n shop wait --for=condition=Ready pod/meanwhile --timeout=30s
  check "agent down: a strict Pod does not" equal Pending "$(kubectl -n bank get pod vault -o jsonpath='{.status.phase}')"
  start_agent 1
  check "agent back: the strict Pod starts within 5 s" quietly kubectl -n bank wait --for=condition=Ready pod/vault --timeout=5s
  check "agent back: the strict Pod is stamped" stamped bank vault "$outside"
}

leave() {
  local i
  for i in $(seq "$nodes"); do unchain "$i"; done
  sleep 1
  run_pod shop after 1
  check "unchained: Pods still start; the agent, which still runs, finds them by their address" within 35 stamped shop after "$outside"
  check "unchained: Pods still go" quietly kubectl delete namespace shop bank --timeout=90s
}

# gateway_config FOLDER: an nginx that answers with what it sees, notes it in access.log, and has one download that takes 40 s
gateway_config() {
  mkdir -p "$1/gateway"
  chmod 755 "$1" "$1/gateway"
  head -c 4000000 /dev/zero >"$1/gateway/slow"
  cat <<END
daemon off; pid $1/nginx.pid; error_log $1/nginx.log; worker_processes 1;
events { }
http {
  log_format seen '\$remote_addr:\$remote_port name=\$http_x_client_hostname port=\$server_port "\$request"';
  access_log $1/access.log seen;
  server {
    listen 80; listen [::]:80;
    root $1/gateway;
    location /slow { limit_rate 100k; }
    location = /token { return 200 "\$http_x_client_identity"; }
    location / { return 200 "peer=\$remote_addr name=\$http_x_client_hostname ip=\$http_x_forwarded_for\n"; }
  }
}
END
}
