# shellcheck shell=bash disable=SC2154  # sourced by e2e-first-hour.sh
# Sourced by e2e-first-hour.sh: the situations.

platforms=(gke eks aks k3s k3d microk8s kind cilium openshift)
options=(surge apparmor-field write-status events monitoring taint identity-key signer)

# Every pair of options in both orders, every platform with all of them, with each kustomize that is here.
tell_overlays() {
  local a b
  for a in "${options[@]}"; do
    for b in "${options[@]}"; do
      [ "$a" = "$b" ] || check "combined: $a, $b" combined "$a" "$b"
    done
  done
  for a in "${platforms[@]}"; do check "combined: $a and all options" combined "$a" "${options[@]}"; done
}
combined() {
  local folder out
  folder=$work/combined
  rm -rf "$folder"
  daemonset/combine.sh "$folder" "$@" || return 1
  out=$(kubectl kustomize "$folder") || return 1
  has_all "$out" "$@" || return 1
  if command -v kustomize >/dev/null; then
    out=$(kustomize build "$folder" 2>/dev/null) || return 1
    has_all "$out" "$@"
  fi
}
has_all() {
  local overlay out=$1
  for overlay in "${@:2}"; do
    case $overlay in
    surge) says "$out" 'maxSurge: 1' ;;
    apparmor-field) says "$out" 'appArmorProfile:' ;;
    taint) says "$out" 'name: podstamp-untaint' ;;
    write-status) says "$out" '- --write-status' && says "$out" 'name: podstamp-write-status' ;;
    events) says "$out" '- --events' && says "$out" 'name: podstamp-events' ;;
    monitoring) says "$out" 'prometheus.io/scrape' ;;
    identity-key) says "$out" "secretName: podstamp-identity" && says "$out" "mountPath: /etc/podstamp-identity" ;;
    signer) says "$out" 'name: podstamp-signer' && says "$out" "mountPath: /etc/podstamp-signer" && says "$out" 'audience: podstamp-signer' ;;
    gke) says "$out" /home/kubernetes/bin ;;
    esac >/dev/null || { echo "        $overlay is not in it"; return 1; }
  done
}

tell_installation() {
  ln -s "$PWD/daemonset" "$work/daemonset"
  kubectl create namespace shop >/dev/null
  run_pod shop early 1
  in_node 1 cp "$conflist" "$conflist.before"
  as_documented docs/install.md combine >/dev/null
  check "installed as documented: agents become Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "a Pod that nobody switched on: not captured" equal 3 "$(exit_of ask 1 explain shop/early)"
  check "and unstamped" equal "peer=$(node_address 1) name= ip=" "$(seen_by shop early "$outside")"
  check "and explain has the command" explains shop early 'kubectl annotate namespace shop podstamp.io/enabled=true'
  as_documented README.md enable >/dev/null
  check "switched on by README's command: the running Pod is stamped" within 30 agree shop early captured 0 stamped
  run_pod shop checkout-6f9d 2
  check "a new Pod is stamped" within 30 agree shop checkout-6f9d captured 0 stamped
  check "explain from elsewhere, by the documented line" says "$(as_documented docs/operating.md explain)" 'shop/checkout-6f9d is captured'
  local all
  all=$(as_documented docs/operating.md pods)
  check "the Pods of all Nodes, by the documented line" says "$all" shop/early
  check "of the other Node too" says "$all" shop/checkout-6f9d
}

annotate_pod() { kubectl -n "$1" annotate pod "$2" --overwrite "${@:3}" >/dev/null; }

tell_situations() {
  run_pod shop quiet 1
  annotate_pod shop quiet podstamp.io/enabled=false
  check "opted out: off" within 30 agree shop quiet off 3 plain
  check "opted out: explain's own words" explains shop quiet 'which overrules podstamp.io/enabled=true of its Namespace'

  pod_manifest shop host 1 | sed 's|^spec:|&\n  hostNetwork: true|' | kubectl apply -f - >/dev/null
  quietly kubectl -n shop wait --for=condition=Ready pod/host --timeout=60s
  check "hostNetwork: explain says so" within 20 explains shop host 'uses the Node'"'"'s own network'
  check "hostNetwork: not captured" equal 3 "$(exit_of ask 1 explain shop/host)"
  check "hostNetwork: unstamped" equal "peer=$(node_address 1) name= ip=" "$(seen_by shop host "$outside")"

  run_pod shop meshed 1
  annotate_pod shop meshed sidecar.istio.io/status={}
  check "another mesh's Pod: off" within 30 agree shop meshed off 3 plain
  check "another mesh: named" explains shop meshed 'another mesh: annotation sidecar.istio.io/status'

  run_pod shop misread 1
  annotate_pod shop misread podstamp.io/ports=http
  check "unreadable annotation: captured as before" within 30 agree shop misread captured 0 stamped
  check "unreadable annotation: explain" within 20 explains shop misread 'podstamp.io/ports'
  check "unreadable annotation: pods" says "$(row 1 shop misread | jq -c .troubles)" 'unreadable annotation'
  check "unreadable annotation: metric" within 20 metric_is 1 podstamp_pods_with_annotation_problems 1
  check "unreadable annotation: event" within 20 event_is shop misread PodstampAnnotationInvalid
  check "unreadable annotation: the agent's log" within 10 log_says "$(agent_of 1)" 'shop/misread: not in force: '

  tell_switch
  tell_strict
  tell_other_traffic
  tell_plugin
  tell_ends
}

# kubectl podstamp against the agent's own answer.
tell_plugin() {
  local pod
  for pod in shop/quiet shop/host shop/meshed shop/misread bank/vault fresh/web shop/checkout-6f9d; do
    check "kubectl podstamp explain $pod: what its agent says" equal \
      "$(explained "${pod%/*}" "${pod#*/}" | without_times)" "$(plugin explain "$pod" 2>&1 | without_times)"
    check "kubectl podstamp explain $pod: with its exit status" equal \
      "$(exit_of ask "$(node_of "${pod%/*}" "${pod#*/}")" explain "$pod")" "$(exit_of plugin explain "$pod")"
  done
  check "kubectl podstamp pods: of every Node" equal 2 "$(plugin pods | grep -c '^Node node')"
  check "kubectl podstamp doctor: as on the Nodes" equal 0 "$(exit_of plugin doctor)"
  check "kubectl podstamp explain: no such Pod" equal 4 "$(exit_of plugin explain shop/nobody)"
  check "kubectl podstamp: Pods are completed" says "$(plugin __complete explain '')" bank/vault
}

without_times() { sed -E 's/[0-9]{4}-[0-9-]+T[0-9:]+Z/TIME/g'; } # a lease is renewed between two questions

# A switch that cannot be read, and the remedy as explain prints it.
tell_switch() {
  local remedy
  kubectl create namespace fresh >/dev/null
  kubectl annotate namespace fresh podstamp.io/enabled=yes >/dev/null
  run_pod fresh web 1
  check "enabled=yes: off" within 30 agree fresh web off 3 plain
  remedy=$(remedy_of fresh web)
  check "enabled=yes: one remedy" equal 1 "$(grep -c . <<<"$remedy")"
  eval "$remedy" >/dev/null
  check "enabled=yes: which works when pasted" within 30 agree fresh web captured 0 stamped
  kubectl create namespace labelled >/dev/null
  kubectl label namespace labelled podstamp.io/enabled=true podstamp.io/ports=8080 >/dev/null
  run_pod labelled web 1
  check "a Namespace's label: captured" within 30 agree labelled web captured 0 stamped
  check "a Namespace's label: explain says so" explains labelled web 'The label of its Namespace says podstamp.io/enabled=true'
  check "a label that is not read: explain says so" explains labelled web 'podstamp.io/ports: not read (expected: an annotation'
  kubectl -n labelled label pod web podstamp.io/enabled=false >/dev/null
  check "a Pod's label beats its Namespace's" within 30 agree labelled web off 3 plain
  check "a Pod's label: explain has the command" explains labelled web 'kubectl -n labelled label pod web podstamp.io/enabled-'
}

odd_request() { kubectl -n "$1" exec "$2" -- sh -c "printf 'GET /odd HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n' | timeout 5 nc $outside 80" 2>&1 || true; }
tell_strict() {
  local answer i
  kubectl create namespace bank >/dev/null
  kubectl annotate namespace bank podstamp.io/enabled=true podstamp.io/profile=strict podstamp.io/ports=80,443 >/dev/null
  run_pod bank vault 1
  check "strict: captured" within 30 agree bank vault captured 0 stamped
  for i in 1 2 3; do answer=$(odd_request bank vault); done
  check "strict: the refused client is told" says "$answer" 'X-Podstamp-Refused: odd_head'
  check "strict: in words too" says "$answer" 'podstamp refused this request (odd_head)'
  check "strict: the gateway saw none of them" no_line_with "$work/access.log" '.*/odd'
  check "strict: pods counts them" equal 3 "$(row 1 bank vault | jq .counts.requestsRefused)"
  check "strict: in its table" says "$(ask 1 pods | grep bank/vault)" '3 refused'
  check "strict: explain has reason and remedy" explains bank vault 'podstamp.io/profile=transparent'
  check "strict: metric" metric_is 1 'podstamp_requests_refused_total{reason="odd_head"}' 3
  check "strict: event" within 20 event_is bank vault PodstampRequestsRefused
  check "strict: TLS passes" says "$(in_pod_net 1 "$(address_of bank vault)" curl -skS --max-time 20 "https://$outside/tls" 2>&1)" 'name= ip='
  check "strict: and is told of" explains bank vault 'TLS, and what no server takes for HTTP, passes unstamped'
  check "strict: with its number" explains bank vault '(tls 1)'
}

tell_other_traffic() {
  run_pod shop other 1
  check "another port: unstamped" says "$(seen_by shop other "$outside:8080")" 'name= ip='
  check "another port: explain tells where ports are set" within 20 explains shop other 'So far no connection to port 80. Other ports are not captured: podstamp.io/ports'

  run_pod shop counted 1
  annotate_pod shop counted podstamp.io/enabled=shadow
  check "shadow: only counted" within 30 agree shop counted shadow 3 plain
  check "shadow: what would have been captured" within 45 explains shop counted 'to port 80'

  kubectl -n shop get pod early -o name >/dev/null
  in_pod_net 1 "$(address_of shop early)" nft flush ruleset
  check "rules flushed: repaired, and told" within 45 explains shop early 'Repaired once'
  check "rules flushed: stamped again" stamped shop early "$outside"
  check "rules flushed: metric" metric_at_least 1 podstamp_repairs_total 1
  check "rules flushed: event" within 20 event_is shop early PodstampRepaired
}

remedy_of() { explained "$1" "$2" | remedy; }
works_when_pasted() { eval "$(remedy_of "$1" "$2")"; }

tell_ends() {
  check "opted out: the remedy works when pasted" quietly works_when_pasted shop quiet
  check "opted out no more: captured" within 30 agree shop quiet captured 0 stamped
  check "another mesh: the remedy works when pasted" quietly works_when_pasted shop meshed
  check "another mesh, overruled: captured" within 30 agree shop meshed captured 0 stamped
  check "strict: the remedy works when pasted" quietly works_when_pasted bank vault
  check "transparent: the odd request passes, unstamped" within 20 odd_passes
  check "no such Pod: exit status 4" equal 4 "$(exit_of ask 1 explain shop/none)"
  check "a Pod of another Node: exit status 4" equal 4 "$(exit_of ask 1 explain shop/checkout-6f9d)"
  check "and where to ask" says "$(ask 1 explain shop/checkout-6f9d || true)" 'ask the agent of Node node2'

  kubectl annotate namespace fresh podstamp.io/enabled- >/dev/null
  check "switched off: off, in the annotation too" within 45 agree fresh web off 3 plain

  kubectl -n shop run brief --image="$busybox" --restart=Never --overrides='{"spec":{"nodeName":"node1"}}' -- true >/dev/null
  check "a Pod that has ended: explain" within 30 explains shop brief 'It has ended'
  check "a Pod that has ended: no status is left" within 30 has_no_status shop brief
}
has_no_status() { [ -z "$(status_of "$1" "$2")" ]; }
odd_passes() {
  ! grep -q X-Podstamp-Refused <<<"$(odd_request bank vault)" && grep -q '"GET /odd' "$work/access.log"
}
