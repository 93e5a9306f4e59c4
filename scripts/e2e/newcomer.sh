# shellcheck shell=bash disable=SC2154  # sourced by e2e-upgrade.sh
# Sourced by e2e-upgrade.sh: the first minutes by README alone, and Pods that are not captured.

helm() { "$helm" "$@"; }

tell_newcomer() {
  local began
  ln -s "$PWD/daemonset" "$work/daemonset"
  kubectl create namespace shop >/dev/null
  run_pod shop early 1
  began=$SECONDS
  check "README's commands install" quietly as_documented README.md install
  quietly as_documented README.md enable
  check "a running Pod is stamped" within 60 stamped shop early "$outside"
  echo "        $((SECONDS - began)) s from helm install to a stamped request"
  check "in at most 2 minutes" test "$((SECONDS - began))" -le 120
}

tell_broken_pods() {
  run_pod shop quiet 1
  quietly kubectl -n shop annotate pod quiet podstamp.io/enabled=false
  broken shop quiet 'Its own annotation says podstamp.io/enabled=false'
  run_pod shop meshed 2
  quietly kubectl -n shop annotate pod meshed sidecar.istio.io/status={}
  broken shop meshed 'another mesh: annotation sidecar.istio.io/status'
  kubectl create namespace other >/dev/null
  run_pod other web 1
  broken other web 'kubectl annotate namespace other podstamp.io/enabled=true'
  kubectl create namespace fresh >/dev/null
  quietly kubectl annotate namespace fresh podstamp.io/enabled=yes
  run_pod fresh web 2
  broken fresh web 'podstamp.io/enabled'

  pod_manifest shop host 1 | sed 's|^spec:|&\n  hostNetwork: true|' | kubectl apply -f - >/dev/null
  quietly kubectl -n shop wait --for=condition=Ready pod/host --timeout=60s
  check "kubectl podstamp explain shop/host: the reason" within 30 explains_from_outside shop host "uses the Node's own network"
}

# broken NAMESPACE POD REASON: kubectl podstamp names the reason, and a command that mends it when it is pasted.
broken() {
  check "kubectl podstamp explain $1/$2: the reason" within 30 explains_from_outside "$@"
  check "kubectl podstamp explain $1/$2: not captured" equal 3 "$(exit_of plugin explain "$1/$2")"
  check "kubectl podstamp explain $1/$2: its remedy works when pasted" quietly pasted "$1" "$2"
  check "$1/$2 is stamped then" within 45 stamped "$1" "$2" "$outside"
}
explains_from_outside() { grep -qF -- "$3" <<<"$(plugin explain "$1/$2" 2>&1)"; }
pasted() {
  local remedy
  remedy=$(plugin explain "$1/$2" | remedy)
  echo "        $remedy" >&2
  [ -n "$remedy" ] && eval "$remedy"
}
