# shellcheck shell=bash disable=SC2154  # sourced by e2e*.sh, which set kit, nodes, keep and built
# Sourced by e2e*.sh: the cluster, podstamp on its nodes by hand, and a gateway outside.

conflist=/etc/cni/net.d/10-bridge.conflist
overlay=scripts/e2e/cluster-overlay
busybox=localhost/busybox:1
outside=172.31.255.200
outside6='[fd00:172:31:255::200]'
work=$(mktemp -d)
foreign='' # a cluster was up already: whoever started it ends it
declare -A agent_pid # by node

# The part of a node's file system that is its own, and where the agent goes there.
home=/opt/cni/podstamp
state=/var/lib/cni/podstamp

in_node() { "$kit/in-node.sh" "$@"; }
node_name() { echo "node$1"; }
node_address() { echo "172.31.255.$1"; }
load_image() {
  local i
  for i in $(seq "$nodes"); do in_node "$i" ctr -n k8s.io images import "$PWD/target/podstamp-image.tar" >/dev/null; done
}
podstamp() { in_node "$1" "$home/bin/podstamp" "${@:2}"; } # NODE ARGUMENT…

start_cluster() {
  up=$("$kit/up.sh" "NODES=$nodes" 2>"$work/up") || {
    ! grep -q 'is up already' "$work/up" || foreign=yes
    die "$up $(cat "$work/up")"
  }
  export KUBECONFIG=${up##*KUBECONFIG=}
  kubectl=$(cd "$(dirname "$KUBECONFIG")/../.." && pwd)/built/bin/kubectl
}

# How the scripts begin whose podstamp comes from an image: it is made, unless --built, and cluster and gateway are started. At the end
# both are gone, and the checks counted.
begin_with_image() {
  if [ -z "$built" ]; then
    scripts/build.sh
    scripts/image.sh --rootfs debian
  fi
  trap 'end_cluster; summary' EXIT
  trap 'exit 130' INT TERM
  start_cluster
  start_gateway
}

# podstamp on every node without the manifests: its files, and rights for its agents.
copy_by_hand() {
  local i
  make_service_account
  for i in $(seq "$nodes"); do
    in_node "$i" sh -c "mkdir -p $home $state && cp -a '$PWD/target/podstamp/.' $home && cp -a $home/cni/. /opt/cni/bin/"
  done
}

kubectl() { "$kubectl" --cache-dir="$work/cache" "$@"; }

# The agent with its own rights (agent-rights.yaml), and no others.
make_service_account() {
  kubectl apply -f scripts/e2e/agent-rights.yaml >/dev/null
  within 20 has_token || die "The service account got no token."
  cat >"$work/agent.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')",
  certificate-authority-data: "$(kubectl -n podstamp get secret podstamp-agent -o jsonpath='{.data.ca\.crt}')"}}]
users: [{name: u, user: {token: "$(kubectl -n podstamp get secret podstamp-agent -o jsonpath='{.data.token}' | base64 -d)"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
END
  echo '{}' >"$work/config.yaml"
}
has_token() { [ -n "$(kubectl -n podstamp get secret podstamp-agent -o jsonpath='{.data.token}')" ]; }

# start_agent NODE
start_agent() {
  "$kit/in-node.sh" "$1" "$home/bin/podstamp" agent --config "$work/config.yaml" --kubeconfig "$work/agent.kubeconfig" \
    --node-name "node$1" --state-dir "$state" --write-status >>"$work/agent$1.log" 2>&1 &
  agent_pid[$1]=$!
  disown # no word from bash when it is killed
  within 120 agent_is_ready "$1" || { cat "$work/agent$1.log"; die "The agent of node $1 is not ready."; }
}
agent_is_ready() { in_node "$1" curl -sf -o /dev/null http://127.0.0.1:15911/readyz; }

# kill_agent NODE: as a crash does
kill_agent() {
  kill -9 "${agent_pid[$1]}"
  while [ -e "/proc/${agent_pid[$1]}" ]; do sleep 0.1; done
}

# Our entry last in the chain; the copy's name does not end in .conflist, and the rename makes containerd read it.
chain() {
  local entry='{ "type": "podstamp", "socket": "/run/podstamp/cni.sock", "onAgentDown": "open", "strictNamespaces": "'$state'/strict-namespaces", "capabilities": { "io.kubernetes.cri.pod-annotations": true } }'
  in_node "$1" sh -c "cp $conflist $state/conflist.before && sed 's|\] }\$|, $entry ] }|' $conflist >$conflist.new && mv $conflist.new $conflist"
}
unchain() { in_node "$1" sh -c "cp $state/conflist.before $conflist.new && mv $conflist.new $conflist"; }

start_gateway() {
  gateway_config "$work" >"$work/nginx.conf"
  "$kit/in-outside.sh" nginx -c "$work/nginx.conf" -e "$work/nginx.log" &
  disown
  within 10 test -s "$work/nginx.pid" || die "nginx does not start: $(cat "$work/nginx.log")"
}

end_cluster() {
  if [ -n "$keep" ]; then
    echo "kept: KUBECONFIG=$KUBECONFIG, logs in $work; $kit/down.sh ends it"
    return
  fi
  [ -n "$foreign" ] || "$kit/down.sh" || true
  rm -rf "$work"
}
