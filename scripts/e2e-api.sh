#!/usr/bin/env bash
# What podstamp says to a current API server, and what that answers: a control plane of Kubernetes 1.30 or later without a Node, for machines where
# scripts/e2e.sh, which has the same checks, takes too long or finds no kubelet. Seven minutes on 2 busy cores.
#
#     sudo scripts/e2e-api.sh --programs DIR [--built]
#
# DIR holds kube-apiserver, kube-controller-manager, kubectl and etcd; scripts/e2e/newer-kubernetes.sh makes such a folder, built/bin. With --built, target/ is
# as the last run has left it. Where helm is on the PATH, what the chart renders is checked too.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

programs='' built='' inside=''
while [ $# -gt 0 ]; do
  case $1 in
  --programs) programs=$(cd "${2:?--programs: a folder}" && pwd) && shift ;;
  --built) built=yes ;;
  --inside) inside=yes ;; # a network of its own, by this script itself
  *) die "$1: unknown option (expected: --programs DIR, --built)" ;;
  esac
  shift
done
for program in kube-apiserver kube-controller-manager kubectl etcd; do
  [ -x "$programs/$program" ] || die "--programs: no $program in ${programs:-an unnamed folder} (expected: the folder with kube-apiserver, kube-controller-manager, kubectl and etcd)"
done
if [ -z "$inside" ]; then
  need_packages openssl:openssl curl:curl
  [ -n "$built" ] || scripts/build.sh
  exec scripts/in-own-node.sh "$0" --programs "$programs" --inside
fi
. scripts/e2e/checks.sh
. scripts/e2e/current.sh
find_jdk

offline=-o # in a network of its own: tests of this project have been run here before
nodes=2
work=$(mktemp -d)
trap 'rm -rf "$work"; summary' EXIT
kubectl() { timeout 60 "$programs/kubectl" --cache-dir="$work/cache" "$@"; }
node_name() { echo "node$1"; }
in_node() { "${@:2}"; }

address=192.0.2.1 # it wants one that is not the loopback's
ip link add api type veth peer name other
ip link set api up
ip link set other up
ip addr add $address/24 dev api
openssl genrsa -out "$work/accounts.pem" 2048 2>/dev/null
echo "secret,admin,admin,system:masters" >"$work/tokens.csv"
export KUBECONFIG=$work/kubeconfig
kubeconfig() { # TOKEN
  cat <<END
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://$address:6443", certificate-authority: "$work/certificates/apiserver.crt"}}]
users: [{name: u, user: {token: "$1"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
END
}
kubeconfig secret >"$KUBECONFIG"
"$programs/etcd" --data-dir "$work/etcd" >"$work/etcd.log" 2>&1 &
"$programs/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --advertise-address=$address --service-cluster-ip-range=10.96.0.0/16 \
  --authorization-mode=Node,RBAC --cert-dir="$work/certificates" --token-auth-file="$work/tokens.csv" \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$work/accounts.pem" \
  --service-account-signing-key-file="$work/accounts.pem" >"$work/apiserver.log" 2>&1 &
within 180 quietly kubectl get --raw /readyz 2>/dev/null || die "kube-apiserver does not serve: $(tail -3 "$work/apiserver.log")"
"$programs/kube-controller-manager" --kubeconfig="$KUBECONFIG" --leader-elect=false --use-service-account-credentials=false \
  --controllers=serviceaccount-controller,namespace-controller,validatingadmissionpolicy-status-controller >"$work/controllers.log" 2>&1 &
is_current || die "Kubernetes 1.$(server_minor) (expected: 1.30 or later)"
within 60 quietly kubectl get serviceaccount default 2>/dev/null || die "kube-controller-manager does not work: $(tail -3 "$work/controllers.log")"
echo "Kubernetes $(kubectl get --raw /version | sed -nE 's/.*"gitVersion": *"([^"]+).*/\1/p')"

tell_objects
tell_admission

# The signer itself, with the rights of its ServiceAccount. No kubelet is here: Pods run because it is said of them.
kubectl create namespace shop >/dev/null
within 60 quietly kubectl -n shop get serviceaccount default 2>/dev/null
kubectl kustomize daemonset/overlays/signer 2>/dev/null | kubectl apply -f - >/dev/null 2>&1
for node in node1 node2; do kubectl create -f - >/dev/null <<<"{apiVersion: v1, kind: Node, metadata: {name: $node}}"; done
owner=", ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: podstamp, controller: true, uid: $(kubectl -n podstamp get daemonset podstamp -o jsonpath='{.metadata.uid}')}]"
pod() { # NAMESPACE NAME NODE ACCOUNT [OWNER]
  kubectl -n "$1" create -f - >/dev/null <<<"{apiVersion: v1, kind: Pod, metadata: {name: $2${5-}}, spec: {nodeName: $3, serviceAccountName: $4, containers: [{name: x, image: x}]}}"
  kubectl -n "$1" patch pod "$2" --subresource=status --type=merge -p '{"status": {"phase": "Running", "podIP": "10.244.1.1", "hostIP": "192.0.2.2"}}' >/dev/null
}
pod podstamp agent node1 podstamp "$owner"
pod podstamp other node1 podstamp
pod shop web-1 node1 default
pod shop web-2 node2 default
mkdir "$work/tls"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=podstamp-signer \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls/tls.key" -out "$work/tls/tls.crt" 2>/dev/null
cp "$work/tls/tls.crt" "$work/tls.crt"
signer_url=https://127.0.0.1:15913
cat >"$work/config.yaml" <<END
identity:
  issuer: https://podstamp.example
  signer: {url: "$signer_url"}
  rules: [{destinations: [192.0.2.3], ports: [80], audience: orders}]
END
kubeconfig "$(kubectl -n podstamp create token podstamp-signer)" >"$work/signer.kubeconfig"
target/podstamp/bin/podstamp signer --config="$work/config.yaml" --kubeconfig="$work/signer.kubeconfig" --pod-name=signer --tls-dir="$work/tls" >"$work/signer.log" 2>&1 &
check "signer: it becomes ready, with the rights that signer.yaml gives it" within 120 quietly curl -sf http://127.0.0.1:15914/readyz
tell_callers agent
check "signer: it publishes its keys" says "$(kubectl -n podstamp get configmap podstamp-signer -o jsonpath='{.data}')" '"jwks.json"'
check "signer: refusals are logged" says "$(cat "$work/signer.log")" "refused (other_node) to podstamp/agent on node1"
check "signer: and nothing else went wrong" equal "" "$(grep -E ' ERROR |Exception' "$work/signer.log")"
