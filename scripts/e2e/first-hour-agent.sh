# shellcheck shell=bash disable=SC2154  # sourced by e2e-first-hour.sh
# Sourced by e2e-first-hour.sh: an agent in trouble, the examples, and the end.

apply_config() {
  sed -i "s|^    ports: .*|    ports: $1|; /^    limits:/d; /^    connectionLog:/d" "$work/my-podstamp/config.yaml"
  [ -z "${2:-}" ] || sed -i "/^    ports:/a\\    $2" "$work/my-podstamp/config.yaml"
  kubectl apply -k "$work/my-podstamp" >/dev/null
  as_documented docs/install.md config-now >/dev/null
}

tell_troubles_of_the_agent() {
  tell_config
  tell_standing_by
  tell_hung_agent
  tell_silent_api
  tell_missing_agent
  tell_fight
}

tell_config() {
  apply_config '[http]'
  check "config with a mistake: pods tells within 15 s, by the documented command" within 15 agent_tells 1 'The config file is not in force'
  check "config: explain" explains shop early 'The config file is not in force'
  check "config: the page's source" says "$(page 1 /process)" 'The config file is not in force'
  check "config: metric" metric_is 1 podstamp_config_valid 0
  check "config: event on the agent" within 20 event_is podstamp "$(agent_of 1 | cut -d/ -f2)" PodstampConfigInvalid
  check "config: what was captured stays" agree shop early captured 0 stamped
  apply_config '[80]' 'connectionLog: on'
  check "config mended: metric" within 30 metric_is 1 podstamp_config_valid 1
  check "config mended: pods says no more of it" within 10 silent_of 1 'The config file'
  tell_connections

  apply_config '[80]' 'limits: {connections: 1}'
  sleep 3 # the config is read every 2 s
  kubectl -n shop exec early -- timeout 30 wget -qO /dev/null "http://$outside/slow" &
  local holding=$!
  check "at its limit: pods" within 20 agent_tells 1 'new connections wait'
  check "at its limit: explain" explains shop early 'new connections wait'
  check "at its limit: metric" within 10 metric_at_least 1 podstamp_pods_at_limit 1
  kill "$holding" 2>/dev/null || true
  wait "$holding" 2>/dev/null || true
  kubectl -n shop exec early -- killall wget 2>/dev/null || true
  apply_config '[80]'
  check "applied again by the script's folder: the config is mine" says "$(kubectl -n podstamp get configmap podstamp -o yaml)" 'ports: [80]'
}
silent_of() { ! grep -qF "$2" <<<"$(ask "$1" pods)"; }

# The log in the cluster, and the far end's line joined to its Pod.
tell_connections() {
  local seen
  seen_by shop early "$outside" >/dev/null
  sleep 2 # the line is written when the connection ends
  seen=$(grep 'name=early ' "$work/access.log" | tail -1 | cut -d' ' -f1)
  as_documented docs/attribution.md connections
  check "connection log: the documented line names the Pod" within 10 connection_is "$seen" early
}
connection_is() {
  as_documented docs/attribution.md connections
  says "$(cd "$work" && eval "$(docs "$OLDPWD/docs/attribution.md" jq | sed "s|192.0.2.10:61234|$1|")")" "\"$2\""
}

# Another DaemonSet beside the first one.
tell_standing_by() {
  local pod holder
  holder=$(agent_of 1 | cut -d/ -f2)
  overlay=$work/my-podstamp next_daemon_set | sed 's|image: podstamp:next|image: podstamp|' | kubectl apply -f - >/dev/null
  check "standing by: Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp-next --timeout=120s
  pod=$(kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp-next --field-selector spec.nodeName=node1 -o name)
  check "standing by: the log says for whom" within 10 log_says "$pod" "standing by until the agent podstamp/$holder on Node node1 leaves"
  check "standing by: its CLI is answered by the agent that serves" says "$(kubectl -n podstamp exec "$pod" -- podstamp pods)" shop/early
  check "standing by: after a minute that is a WARN" within 90 log_says "$pod" 'still standing by'
  kubectl -n podstamp delete daemonset podstamp-next --wait >/dev/null
  check "standing by: gone" within 60 gone podstamp-next
  check "standing by: the other one serves on" agree shop early captured 0 stamped
}
log_says() { grep -qF "$2" <<<"$(kubectl -n podstamp logs "$1" 2>/dev/null)"; }

agent_pid_of() { # NODE: by its network namespace, which is the Node's
  local pid
  for pid in $(pgrep -f 'io.podstamp.cli.Podstamp agent'); do
    [ "$(readlink "/proc/$pid/ns/net")" != "$(in_node "$1" readlink /proc/self/ns/net)" ] || echo "$pid"
  done
}
tell_hung_agent() {
  local pid
  pid=$(agent_pid_of 1)
  kill -STOP "$pid"
  check "hung: pods does not answer" equal 1 "$(exit_of ask 1 pods)"
  check "hung: unstamped after 15 s, not failed" within 40 plain_from shop early
  kill -CONT "$pid"
  check "hung no more: stamped" within 60 stamped shop early "$outside"
  check "hung: metric" within 30 metric_at_least 1 podstamp_lease_lapses_total 1
}
plain_from() { equal "peer=$(node_address 1) name= ip=" "$(seen_by "$1" "$2" "$outside")" >/dev/null; }

tell_silent_api() {
  local pid checkout
  checkout=$(address_of shop checkout-6f9d)
  pid=$(pgrep -x kube-apiserver)
  kill -STOP "$pid"
  check "API away: the page's source tells" within 120 process_says 1 'The API server has not answered since'
  check "API away: metric" within 150 metric_is 1 'podstamp_informer_watching{resource="pods"}' 0
  check "API away: Pods are stamped" says "$(in_pod_net 2 "$checkout" curl -s "http://$outside/")" 'name=checkout-6f9d'
  kill -CONT "$pid"
  check "API back: told no more" within 120 silent_of 1 'The API server'
}
process_says() { grep -qF "$2" <<<"$(page "$1" /process)"; }

tell_missing_agent() {
  kubectl -n podstamp patch daemonset podstamp --type=merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"node1"}}}}}' >/dev/null
  check "Node without agent: its agent goes" within 160 no_agent 2
  run_pod shop orphan 2
  check "Node without agent: unstamped" equal "peer=$(node_address 2) name= ip=" "$(seen_by shop orphan "$outside")"
  kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s >/dev/null
  check "Node without agent: another one says where the Pod is" says "$(ask 1 explain shop/orphan || true)" 'runs on Node node2'
  kubectl apply -k "$work/my-podstamp" >/dev/null
  kubectl -n podstamp patch daemonset podstamp --type=json -p '[{"op":"remove","path":"/spec/template/spec/nodeSelector/kubernetes.io~1hostname"}]' >/dev/null 2>&1 || true
  check "agent back: the Pod is captured" within 120 stamped shop orphan "$outside"
  quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
}
no_agent() { [ -z "$(agent_of "$1")" ]; }

tell_fight() {
  local i
  for i in $(seq 12); do
    in_node 1 sh -c "cp $conflist.before $conflist.new && mv $conflist.new $conflist"
    within 20 all_chained || break
    [ "$(metric 1 podstamp_chain_fight)" = 0 ] || break
  done
  check "fight over the network: metric" metric_is 1 podstamp_chain_fight 1
  check "fight: pods" agent_tells 1 'New Pods start without the podstamp CNI plugin'
  check "fight: explain" explains shop early 'another agent takes podstamp out again and again'
}

tell_examples() {
  kubectl create namespace examples >/dev/null
  sed "s|image: curlimages/curl|image: $busybox|" daemonset/examples/sidecar.yaml | kubectl -n examples apply -f - >/dev/null
  kubectl -n examples apply -f daemonset/examples/in-one.yaml >/dev/null
  check "examples: both run" quietly kubectl -n examples wait --for=condition=Ready pod/sidecar pod/in-one --timeout=120s
  check "examples: the sidecar stamps" within 30 stamped examples sidecar "$outside"
  check "examples: in one container too" within 30 in_one_is_stamped
  check "examples: none was started again" equal '0 0 0' "$(kubectl -n examples get pods -o 'jsonpath={.items[*].status.containerStatuses[*].restartCount}')"
  quietly kubectl delete namespace examples --timeout=120s
}
in_one_is_stamped() {
  says "$(kubectl -n examples exec in-one -- bash -c "exec 3<>/dev/tcp/$outside/80; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3")" 'name=in-one ip=' >/dev/null
}

tell_uninstallation() {
  local log=$work/leaving
  kubectl -n podstamp logs -f "$(agent_of 1)" >"$log" 2>&1 &
  # The overlay is the one that was combined.
  docs docs/install.md uninstall | sed "s|daemonset/overlays/surge|$work/my-podstamp|" >"$work/uninstall"
  check "uninstalled as documented" quietly eval "$(cat "$work/uninstall")"
  check "uninstalled: no status is left on any Pod" within 30 no_status
  check "uninstalled: what was waited for is told, or nothing was" grep -q 'leaving with\|connections to finish' "$log"
  check "uninstalled: unstamped" within 20 plain_from shop early
  check "uninstalled: no rule is left in any Pod" equal "" "$(left_rules)"
}
no_status() { [ -z "$(kubectl get pods -A -o 'jsonpath={.items[*].metadata.annotations.podstamp\.io/status}')" ]; }
