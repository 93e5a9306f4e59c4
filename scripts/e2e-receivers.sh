#!/usr/bin/env bash
# Runs receivers of docs/receivers.csv, at the versions that the table names, and compares what each takes for the client's address with
# it: with what podstamp sends by default, behind a forged value with mode append, with each name of the recommended removeAlso forged, and
# with the settings that the table calls right. `podstamp gateway-check` has to say the same of each. Prints a line for each; fails if a cell differs. Some minutes, the first time more.
#
#     scripts/e2e-receivers.sh [RECEIVER…]      default: all that scripts/receivers/run.py has, and those of docs/proxy-protocol.md
#                                               that Debian 12 does not have, behind a captured Pod
#
# Go's modules need a newer go than Debian 12 has.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

receivers=$PWD/target/receivers
code=$PWD/scripts/receivers

# fetched PINS: whether what the file names is there already, at these versions.
fetched() { [ -e "$receivers/$1.done" ] && cmp -s "$receivers/$1.done" "$code/$1"; }
fetch_python() {
  fetched requirements.txt && return
  python3 -m venv "$receivers/venv"
  "$receivers/venv/bin/pip" install --quiet --requirement "$code/requirements.txt"
  cp "$code/requirements.txt" "$receivers/requirements.txt.done"
}

fetch_npm() {
  mkdir -p "$receivers/npm"
  cp "$code/package.json" "$code/receiver.js" "$receivers/npm"
  fetched package.json && return
  npm install --prefix "$receivers/npm" --silent --no-fund --no-audit
  cp "$code/package.json" "$receivers/package.json.done"
}

build_go() {
  local log=$receivers/go.log
  mkdir -p "$receivers/go"
  cp "$code/go.mod" "$code/receiver.go" "$receivers/go"
  (cd "$receivers/go" && go mod tidy && go build -o ../receiver-go .) >"$log" 2>&1 || die "$(tail -20 "$log")"
  [ -x "$receivers/caddy" ] || GOBIN=$receivers go install github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.7 >"$log" 2>&1 || die "$(tail -20 "$log")"
}

# Envoy and Caddy, told by the PROXY protocol.
run_told() {
  local told=$receivers/told
  mkdir -p "$told"
  ln -sf "$receivers/caddy" "$told/caddy"
  ln -sf "$("$receivers/venv/bin/python" -c 'import envoy, pathlib; print(pathlib.Path(envoy.__file__).parent / "_bin/envoy")')" "$told/envoy"
  "$MVN" -B -ntp -pl cni-plugin,node-proxy -Dtest.jvm="$PWD/scripts/own-node-jdk/bin/java" -Dtest=MoreReceivers \
    -Dsurefire.failIfNoSpecifiedTests=false -Dpodstamp.receivers="$told" test
}

need_packages nginx:nginx-light apache2:apache2-bin lighttpd:lighttpd haproxy:haproxy node:nodejs npm:npm python3:python3 ip:iproute2 \
  unshare:util-linux go:golang-go mvn:maven openssl:openssl nft:nftables curl:curl
find_jdk
export NODE_JDK=$JAVA_HOME
mkdir -p "$receivers"
fetch_python
fetch_npm
build_go
[ -x target/podstamp/bin/podstamp ] || scripts/build.sh
PYTHONDONTWRITEBYTECODE=1 scripts/in-own-node.sh python3 scripts/receivers/run.py "$receivers" target/podstamp/bin/podstamp "$@"
[ $# -gt 0 ] || run_told
