#!/usr/bin/env bash
# Shows what once reached an application unstamped or forged (io.podstamp.http1.Kinds) to every server that can be had, straight
# and through the data path: those of the build, and those of servers.txt: of PyPI, npm, Go's modules and Debian. Prints a table;
# fails if an application read a client's own header, or in profile strict a request without stamp, or if a server did not run.
# About 15 minutes, the first time more.
#
#     scripts/e2e-servers.sh [SERVER…]      default: all of them
#
# Go's modules need a newer go than Debian 12 has.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

servers=$PWD/target/servers
peers=$PWD/node-proxy/src/test/resources/io/podstamp/differential/peer

# Libraries and modules, which have no command to look for.
need_libraries() {
  local package pairs=()
  for package in "$@"; do pairs+=("/usr/share/doc/$package:$package"); done
  need_packages "${pairs[@]}"
}

fetch_python() {
  [ ! -x "$servers/venv/bin/uvicorn" ] || return 0
  python3 -m venv "$servers/venv"
  "$servers/venv/bin/pip" install --quiet waitress cheroot paste werkzeug gevent eventlet twisted tornado aiohttp sanic uvicorn httptools h11 \
    hypercorn daphne granian zope.server pyasyncore pyuwsgi gunicorn
}

fetch_npm() {
  mkdir -p "$servers/npm"
  [ -x "$servers/npm/node_modules/.bin/deno" ] || npm install --prefix "$servers/npm" --silent --no-fund --no-audit http-parser-js bun deno
}

build_go() {
  mkdir -p "$servers/go"
  cp "$peers/peer.go" "$servers/go"
  (cd "$servers/go" && { [ -e go.mod ] || go mod init peer; } && go mod tidy && go build -o ../bin/peer-go .) 2>"$servers/go.log" || die "$(cat "$servers/go.log")"
}

# build_cpp NAME FLAG… makes bin/peer-NAME of NAME.cpp, if it is older.
build_cpp() {
  local made=$servers/bin/peer-$1
  { [ "$made" -nt "$peers/$1.cpp" ] && [ "$made" -nt "$peers/saw.hpp" ]; } || g++ -std=c++17 -O1 -o "$made" "$peers/$1.cpp" "${@:2}" -lpthread
}

find_jdk
need_packages mvn:maven
need_peers
need_packages npm:npm go:golang-go ruby:ruby perl:perl php:php-cli pike8.0:pike8.0 racket:racket swipl:swi-prolog-nox sbcl:sbcl \
  guile:guile-3.0 haproxy:haproxy nim:nim erlc:erlang-base g++:g++ pkg-config:pkg-config
need_libraries puma thin ruby-webrick starman twiggy libmojolicious-perl libhttp-daemon-perl cl-hunchentoot erlang-inets erlang-mochiweb \
  libcpp-httplib-dev libevent-dev libsoup-3.0-dev libpoco-dev libmicrohttpd-dev libcivetweb-dev libboost-dev
mkdir -p "$servers/bin" "$servers/erl"
fetch_python
fetch_npm
build_go
build_cpp httplib -lcpp-httplib
build_cpp libevent -levent
build_cpp poco -lPocoNet -lPocoFoundation
build_cpp microhttpd -lmicrohttpd
build_cpp civetweb -lcivetweb
build_cpp beast
# shellcheck disable=SC2046 # flags, one a word
build_cpp libsoup $(pkg-config --cflags --libs libsoup-3.0)
[ "$servers/bin/peer-nim" -nt "$peers/peer.nim" ] ||
  nim c --hints:off --verbosity:0 -d:release --nimcache:"$servers/nim" -o:"$servers/bin/peer-nim" "$peers/peer.nim"
erlc -o "$servers/erl" "$peers/servers.erl"
sbcl --non-interactive --eval '(require :asdf)' --eval '(asdf:load-system :hunchentoot)' >"$servers/sbcl.log" 2>&1 || die "$(tail -20 "$servers/sbcl.log")"

classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
log=$("$MVN" -B -q -ntp -pl cni-plugin,node-proxy -Dmdep.outputFile="$classpath" -Dmdep.includeScope=test test-compile dependency:build-classpath 2>&1) || die "$log"
export PATH=$servers/venv/bin:$servers/bin:$servers/npm/node_modules/.bin:$PATH
export NODE_PATH=$servers/npm/node_modules ERL_FLAGS="-pa $servers/erl" DENO_DIR=$servers/deno DENO_NO_UPDATE_CHECK=1
scripts/in-own-node.sh "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "node-proxy/target/test-classes:node-proxy/target/classes:$(cat "$classpath")" io.podstamp.differential.Servers "$@"
