# shellcheck shell=bash disable=SC2034  # sourced by e2e.sh
# Sourced by e2e.sh in place of cluster.sh: the cluster of scripts/kind.sh, and a gateway beside it, all of them containers.

conflist=/etc/cni/net.d/10-kindnet.conflist
overlay=daemonset/overlays/kind
busybox=busybox:1
outside6=''
work=$(mktemp -d)

node_name() { [ "$1" -eq 1 ] && echo podstamp-control-plane || echo "podstamp-worker$([ "$1" -eq 2 ] || echo $(($1 - 1)))"; }
in_node() { docker exec "$(node_name "$1")" "${@:2}"; }
node_address() { address "$(node_name "$1")"; }
address() { docker inspect -f '{{.NetworkSettings.Networks.kind.IPAddress}}' "$1"; }
kubectl() { command kubectl --kubeconfig "$work/kubeconfig" "$@"; }
load_image() { kind load image-archive --name podstamp target/podstamp-image.tar; }

start_cluster() {
  kind get kubeconfig --name podstamp >"$work/kubeconfig" || die "There is no cluster (expected: scripts/kind.sh up)."
  nodes=$(kind get nodes --name podstamp | wc -l)
}

start_gateway() {
  gateway_config "$work" >"$work/nginx.conf"
  docker run -d --rm --name podstamp-gateway --network kind -v "$work:$work" nginx:1 nginx -c "$work/nginx.conf" >/dev/null
  outside=$(address podstamp-gateway)
  within 10 test -s "$work/nginx.pid" || die "nginx does not start: $(cat "$work/nginx.log")"
}

end_cluster() {
  docker rm -f podstamp-gateway >/dev/null
  rm -rf "$work"
}
