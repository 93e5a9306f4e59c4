# shellcheck shell=bash disable=SC2154  # sourced by e2e.sh
# Sourced by e2e.sh and others: what `kubectl apply -k` installs and `kubectl delete -k` takes away, while Pods come and go.

image=docker.io/library/podstamp:latest # as containerd names what image.sh has made
declare -A loads # by Namespace and node

tell_manifests() {
  local i o before
  for o in daemonset/base daemonset/overlays/*; do
    check "kubectl kustomize $o" quietly kubectl kustomize "$o"
  done
  # Not surge: Kubernetes 1.20 knows no maxSurge. Not openshift: it has roles of its own.
  for o in base overlays/{write-status,gke,eks,aks,k3s,k3d,microk8s,kind,cilium}; do
    check "valid by the API of this server: $o" quietly kubectl apply -k "daemonset/$o" --dry-run=client --validate=true
  done

  load_image
  for i in $(seq "$nodes"); do
    in_node "$i" cp "$conflist" "$conflist.before"
  done
  before=$(conflists)
  kubectl create namespace shop >/dev/null
  kubectl annotate namespace shop podstamp.io/enabled=true >/dev/null

  kubectl apply -k "$overlay" >/dev/null
  for i in 1 2 3 4 5; do pod_manifest shop "during-$i" 1 during; done | kubectl apply -f - >/dev/null
  check "applied: the agents become Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "Pods created meanwhile become Ready" quietly kubectl -n shop wait --for=condition=Ready pod -l run=during --timeout=120s
  check "every Node is chained" within 20 all_chained
  sleep 1
  run_pod shop orders 1
  check "a new Pod is stamped from its first request" stamped shop orders "$outside"
  [ -z "$outside6" ] || check "IPv6 too" stamped shop orders "$outside6"
  check "sysctls are set in the Pod's netns, without privileges" equal "1 1 3600" "$(pod_sysctls orders)"
  check "the agent's RSS is at most 170 MiB, which it requests, once it has returned what it took" within 180 rss_at_most 174080
  echo "        RSS: $(($(rss) / 1024)) MiB"
  for pod in $(kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp -o name); do
    check "doctor finds nothing to mend in $pod" quietly kubectl -n podstamp exec "${pod#pod/}" -- podstamp doctor
    check "SYNs are held there, with an agent's rights" says "$(kubectl -n podstamp exec "${pod#pod/}" -- podstamp doctor)" 'ok    hold'
  done

  in_node 1 sh -c "cp $conflist.before $conflist.new && mv $conflist.new $conflist"
  check "another agent rewrites the conflist: chained again" within 10 all_chained
  local again
  again=$(conflists)
  check "applied again: nothing changes" quietly kubectl apply -k "$overlay"
  check "and the conflist neither" equal "$again" "$(conflists)"

  tell_upgrade

  kubectl delete -k "$overlay" --wait=false >/dev/null
  for i in 1 2 3 4 5; do pod_manifest shop "leaving-$i" 1 leaving; done | kubectl apply -f - >/dev/null
  check "deleted: the agents go" within 90 agents_gone
  check "Pods created meanwhile become Ready" quietly kubectl -n shop wait --for=condition=Ready pod -l run=leaving --timeout=120s
  check "deleted: every conflist is as it was, byte for byte" within 20 same_conflists "$before"
  check "deleted: no rule is left in any Pod" equal "" "$(left_rules)"
  check "deleted: the tombstone is all that is left" equal "podstamp" "$(in_node 1 sh -c 'cd /opt/cni/bin && ls -d podstamp*; ls -A /var/lib/cni/podstamp /run/podstamp 2>/dev/null | grep -v :')"
  run_pod shop after 1
  check "deleted: Pods still start, unstamped" equal "peer=$(node_address 1) name= ip=" "$(seen_by shop after "$outside")"
  check "deleted: Pods still go" quietly kubectl delete namespace shop --timeout=120s
}

conflists() { for i in $(seq "$nodes"); do in_node "$i" sha256sum "$conflist"; done; }
same_conflists() { [ "$(conflists)" = "$1" ]; }
all_chained() {
  local i
  for i in $(seq "$nodes"); do in_node "$i" grep -q '"type": "podstamp"' "$conflist" || return 1; done
}
agents_gone() { [ -z "$(kubectl -n podstamp get pods -o name 2>/dev/null)" ]; }
namespace_gone() { ! quietly kubectl get namespace podstamp 2>/dev/null; }
agent_process() { pgrep -f 'io.podstamp.cli.Podstamp agent .*--daemon-set=podstamp/podstamp' | head -1; }
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(agent_process)/status"; }
rss_at_most() { [ "$(rss)" -le "$1" ]; }
# The pause process of a Pod on node 1 tells its netns.
pod_sysctls() {
  local ip netns
  ip=$(kubectl -n shop get pod "$1" -o jsonpath='{.status.podIP}')
  for netns in $(in_node 1 ls /run/netns); do
    if grep -q " $ip/" <<<"$(in_node 1 nsenter "--net=/run/netns/$netns" ip -4 -o addr)"; then
      in_node 1 nsenter "--net=/run/netns/$netns" cat /proc/sys/net/ipv4/tcp_migrate_req /proc/sys/net/ipv4/tcp_tw_reuse \
        /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait | xargs
    fi
  done
}
left_rules() {
  local i netns
  for i in $(seq "$nodes"); do
    for netns in $(in_node "$i" ls /run/netns); do
      in_node "$i" nsenter "--net=/run/netns/$netns" nft list tables | grep podstamp || true
    done
  done
}

# An upgrade and one back, under load. The second DaemonSet beside the first is what maxSurge does; Kubernetes 1.20 has none.
tell_upgrade() {
  local i failed_before=$failed
  for i in $(seq "$nodes"); do in_node "$i" ctr -n k8s.io images tag "$image" "${image%:*}:next" >/dev/null; done
  let_be_next
  for i in $(seq "$nodes"); do run_pod shop "load-$i" "$i" load; done
  start_load shop
  change_over "upgrade" podstamp podstamp-next next_daemon_set
  check "upgrade: Pods that start meanwhile become Ready" quietly run_pod shop meanwhile 1
  check "upgrade: and are stamped" stamped shop meanwhile "$outside"
  change_over "upgrade back" podstamp-next podstamp kubectl kustomize "$overlay"
  check "the first agents go" within 180 gone podstamp-next
  end_load shop
  tell_load shop
  check "every Node is chained still" all_chained
  kubectl -n podstamp delete rolebinding/podstamp-next role/podstamp-next >/dev/null
  kubectl -n shop delete pod -l run=load --wait >/dev/null
  [ "$failed" = "$failed_before" ] || kubectl -n podstamp logs -l app.kubernetes.io/name --tail=40 || true
}

# What its own agents ask of a DaemonSet podstamp-next, when they are told to end.
let_be_next() {
  kubectl -n podstamp create role podstamp-next --verb=get --resource=daemonsets --resource-name=podstamp-next >/dev/null
  kubectl -n podstamp create rolebinding podstamp-next --role=podstamp-next --serviceaccount=podstamp:podstamp >/dev/null
}

# change_over WHAT FROM TO CMD…: the DaemonSet TO, which CMD writes, takes over from the DaemonSet FROM.
change_over() {
  "${@:4}" | kubectl apply -f - >/dev/null
  check "$1: the next agents become Ready beside the first" \
    quietly kubectl -n podstamp rollout status "daemonset/$3" --timeout=240s
  kubectl -n podstamp delete daemonset "$2" --wait=false >/dev/null
  check "$1: the next agents serve" within 60 serving "$3"
}

# The DaemonSet of the overlay under another name, with another image.
next_daemon_set() { kubectl kustomize "$overlay" | daemon_set_alone | as_next | sed 's|image: podstamp:.*|image: podstamp:next|'; }
daemon_set_alone() { awk 'BEGIN { RS = "---\n" } /\nkind: DaemonSet\n/'; }
as_next() { sed 's|^  name: podstamp$|&-next|; s|kubernetes.io/name: podstamp$|&-next|; s|)/podstamp$|&-next|'; }

# Per Node three loops that make one connection after another, each with a number of its own, and a download that takes as long as it is told to.
start_load() { # NAMESPACE
  local i
  for i in $(seq "$nodes"); do
    kubectl -n "$1" exec "load-$i" -- sh -c "
      for loop in 1 2 3; do
        (
          n=0
          while [ ! -e /tmp/end ]; do
            n=\$((n + 1))
            answer=\$(timeout 10 wget -qO- http://$outside/load/$1/load-$i/\$loop/\$n 2>&1)
            case \$answer in
            'peer='*) ;;
            *) echo \"failed: \$(date +%T) /\$loop/\$n \$answer\" ;;
            esac
          done
          echo \"\$n requests\"
        ) &
      done
      echo \"download: \$(wget -qO- http://$outside/slow | wc -c)\"
      wait" >"$work/load-$1-$i" 2>&1 &
    loads[$1-$i]=$!
  done
}
end_load() {
  local i
  for i in $(seq "$nodes"); do
    kubectl -n "$1" exec "load-$i" -- touch /tmp/end
    wait "${loads[$1-$i]}" || true
  done
}
# The receiver counts: a request that it did not see has failed, one that it saw without the Pod's name went unstamped.
tell_load() {
  local i said sent unstamped seen
  for i in $(seq "$nodes"); do
    said=$work/load-$1-$i
    sent=$(awk '/ requests$/ { n += $1 } END { print n + 0 }' "$said")
    grep -F "\"GET /load/$1/load-$i/" "$work/access.log" >"$said.seen" || true
    seen=$(sed 's/.*"GET \([^ ]*\) .*/\1/' "$said.seen" | sort -u | wc -l)
    unstamped=$(grep -vc " name=load-$i " "$said.seen" || true)
    echo "        load of node $i, Namespace $1: $sent requests sent, $seen seen outside, $unstamped of these unstamped"
    grep -m 3 ^failed "$said" || true
    check "load of node $i: there was one" test "$sent" -ge 50 # 188 on 2 cores with a load of 60
    check "load of node $i: none failed" equal "$sent 0" "$seen $(grep -c ^failed "$said" || true)"
    check "load of node $i: none went unstamped" equal 0 "$unstamped"
    check "load of node $i: a download through both upgrades is whole" grep -qx 'download: 4000000' "$said"
  done
}
no_line_with() { ! grep -m 3 "^$2" "$1"; }
# Every agent of a DaemonSet has captured the Pods of its Node.
serving() {
  local pods pod
  pods=$(kubectl -n podstamp get pods -l "app.kubernetes.io/name=$1" \
    -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}')
  [ "$(wc -w <<<"$pods")" -eq "$nodes" ] || return 1
  for pod in $pods; do
    grep -qx serving <<<"$(kubectl -n podstamp exec "$pod" -- sh -c 'cat /tmp/ready-*' 2>/dev/null)" || return 1
  done
}
gone() { [ -z "$(kubectl -n podstamp get pods -l "app.kubernetes.io/name=$1" -o name)" ]; }

# A host without a shell, as the agent sees it: it installs nothing, says so, and captures Pods that run.
tell_agent_only() {
  local before
  check "the namespace podstamp goes too" within 150 namespace_gone
  before=$(conflists)
  kubectl create namespace plain >/dev/null
  kubectl annotate namespace plain podstamp.io/enabled=true >/dev/null
  kubectl kustomize "$overlay" | sed 's|path: /bin$|path: /var/lib/cni/results|' | kubectl apply -f - >/dev/null
  check "no shell on the host: the agents become Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "no shell on the host: they say so" within 10 agent_says "/host/bin/sh: missing (expected: the host's shell"
  check "no shell on the host: the conflist is left alone" equal "$before" "$(conflists)"
  run_pod plain late 1
  check "no shell on the host: Pods are stamped once they run" within 40 stamped plain late "$outside"
  kubectl delete -k "$overlay" --wait=false >/dev/null
  check "no shell on the host: the agents go" within 90 agents_gone
  check "no shell on the host: Pods go" quietly kubectl delete namespace plain --timeout=120s
  check "no shell on the host: the namespace goes" within 150 namespace_gone
}

# Each capability taken away in turn: what fails then is what it is for.
tell_capabilities() {
  local dropped kept
  kubectl create namespace caps >/dev/null
  kubectl annotate namespace caps podstamp.io/enabled=true >/dev/null
  kubectl apply -k "$overlay" >/dev/null
  for dropped in NET_ADMIN SYS_ADMIN; do
    kept=$([ "$dropped" = NET_ADMIN ] && echo SYS_ADMIN || echo NET_ADMIN)
    kubectl -n podstamp patch daemonset podstamp --type=json -p \
      "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/securityContext/capabilities/add\",\"value\":[\"$kept\"]}]" >/dev/null
    kubectl -n podstamp delete pod -l app.kubernetes.io/name=podstamp --grace-period=1 >/dev/null
    kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s >/dev/null
    local pod=without-${dropped%%_*}
    run_pod caps "${pod,,}" 1
    check "without $dropped nothing is captured" within 10 agent_says "Operation not permitted"
  done
  kubectl delete -k "$overlay" --wait=false >/dev/null
  check "deleted again: the agents go" within 90 agents_gone
  check "deleted again: Pods go" quietly kubectl delete namespace caps --timeout=120s
}
# Not through a pipe: grep ends at the first match, and kubectl, which has more to say, would fail by SIGPIPE.
agent_says() { grep -q "$1" <<<"$(kubectl -n podstamp logs -l app.kubernetes.io/name=podstamp --tail=-1 2>/dev/null)"; }
