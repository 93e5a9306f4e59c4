# shellcheck shell=bash disable=SC2154  # sourced by e2e-first-hour.sh
# Sourced by e2e-first-hour.sh and e2e-upgrade.sh: the commands of the docs, and what each instrument says.

# docs FILE NAME: the indented block behind its marker
docs() {
  local block
  block=$(awk -v marker="<!-- first-hour: $2 -->" '
    $0 == marker { found = 1; next }
    found && /^    / { print substr($0, 5); told = 1; next }
    found && told { exit }' "$1")
  [ -n "$block" ] || die "$1: first-hour: $2: no such block"
  echo "$block"
}
# as_documented FILE NAME: runs it, where the docs' folders are
as_documented() {
  local page=$PWD/$1
  (cd "$work" && eval "$(docs "$page" "$2")")
}

agent_of() { kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp --field-selector "spec.nodeName=node$1" -o name; }
ask() { kubectl -n podstamp exec "$(agent_of "$1")" -- podstamp "${@:2}"; } # NODE ARGUMENT…
node_of() { kubectl -n "$1" get pod "$2" -o 'jsonpath={.spec.nodeName}' | tr -d node; }
row() { ask "$1" pods -o json | jq -c --arg ns "$2" --arg name "$3" '.[] | select(.namespace == $ns and .name == $name)'; }
page() { in_node "$1" curl -sf "http://127.0.0.1:15911$2"; }
metric() { in_node "$1" curl -sf "http://$(node_address "$1"):15912/metrics" | awk -v name="$2" 'index($1, name) == 1 { n += $2 } END { print n + 0 }'; }
events() { kubectl -n "$1" get events --field-selector "involvedObject.name=$2" -o 'jsonpath={range .items[*]}{.reason} {end}'; }
status_of() { kubectl -n "$1" get pod "$2" -o 'jsonpath={.metadata.annotations.podstamp\.io/status}'; }
# The command at the end of the one remedy.
remedy() { sed -n 's/^To change that: \(.*: \)\{0,1\}\(kubectl .*\)$/\2/p'; }
# kubectl podstamp, which kubectl finds on the PATH.
plugin() { PATH=$PWD/kubectl:$(dirname "$kubectl"):$PATH "$kubectl" podstamp "$@"; }
explained() { ask "$(node_of "$1" "$2")" explain "$1/$2" 2>&1 || true; }
exit_of() { local status=0; "$@" >/dev/null 2>&1 || status=$?; echo "$status"; }

# agree NAMESPACE POD STATE EXIT SEEN: pods, page, explain, annotation and gateway say the same.
agree() {
  local node said
  node=$(node_of "$1" "$2")
  equal "$3" "$(row "$node" "$1" "$2" | jq -r .state)" || return 1
  equal "$3" "$(page "$node" /pods | jq -r --arg ns "$1" --arg name "$2" '.[] | select(.namespace == $ns and .name == $name) | .state')" || return 1
  equal "$4" "$(exit_of ask "$node" explain "$1/$2")" || return 1
  said=$(status_of "$1" "$2")
  [[ $said = "$3: "* ]] || { echo "        status: $said (expected: $3: …)"; return 1; }
  case $5 in
  stamped) stamped "$1" "$2" "$outside" ;;
  plain) equal "peer=$(node_address "$node") name= ip=" "$(seen_by "$1" "$2" "$outside")" ;;
  esac
}

explains() { says "$(explained "$1" "$2")" "$3"; }
agent_tells() { says "$(ask "$1" pods)" "$2"; }
metric_is() { equal "$3" "$(metric "$1" "$2")"; }
metric_at_least() { [ "$(metric "$1" "$2")" -ge "$3" ] || { echo "        $2: $(metric "$1" "$2")"; return 1; }; }
event_is() { says "$(events "$1" "$2")" "$3"; }

# in_pod_net NODE ADDRESS CMD…: a program of the Node in the Pod's network
in_pod_net() {
  local netns
  for netns in $(in_node "$1" ls /run/netns); do
    if grep -q " $2/" <<<"$(in_node "$1" nsenter "--net=/run/netns/$netns" ip -4 -o addr)"; then
      in_node "$1" nsenter "--net=/run/netns/$netns" "${@:3}"
      return
    fi
  done
  return 1
}
address_of() { kubectl -n "$1" get pod "$2" -o 'jsonpath={.status.podIP}'; }

# observing_gateway FOLDER: answers with what it sees, on 80, 8080 and, by TLS, on 443
observing_gateway() {
  mkdir -p "$1/gateway"
  chmod 755 "$1" "$1/gateway"
  head -c 4000000 /dev/zero >"$1/gateway/slow"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$1/key.pem" -out "$1/cert.pem" -subj /CN=gateway 2>/dev/null
  cat <<END
daemon off; pid $1/nginx.pid; error_log $1/nginx.log; worker_processes 1;
events { }
http {
  log_format seen '\$remote_addr:\$remote_port name=\$http_x_client_hostname port=\$server_port "\$request"';
  access_log $1/access.log seen;
  server {
    listen 80; listen 8080; listen [::]:80; listen 443 ssl;
    ssl_certificate $1/cert.pem; ssl_certificate_key $1/key.pem;
    root $1/gateway;
    location /slow { limit_rate 100k; }
    location / { return 200 "peer=\$remote_addr name=\$http_x_client_hostname ip=\$http_x_forwarded_for\n"; }
  }
}
END
}
