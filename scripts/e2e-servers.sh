#!/usr/bin/env bash
# Shows what once reached an application unstamped or forged (io.podstamp.http1.Kinds) to every server that can be had, straight
# and through the data path: those of the build, and those of servers.txt, of PyPI and of Debian. Prints a table; fails if an
# application read a client's own header, or in profile strict a request without stamp.
#
#     scripts/e2e-servers.sh [SERVER…]      default: all of them
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_peers
need_packages ruby:ruby perl:perl php:php-cli /usr/share/doc/puma:puma /usr/share/doc/thin:thin /usr/share/doc/ruby-webrick:ruby-webrick \
  /usr/share/doc/starman:starman /usr/share/doc/twiggy:twiggy /usr/share/doc/libmojolicious-perl:libmojolicious-perl
venv=$PWD/target/servers/venv
if [ ! -x "$venv/bin/uvicorn" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet waitress cheroot paste werkzeug gevent eventlet twisted tornado aiohttp sanic uvicorn httptools h11 \
    hypercorn daphne granian zope.server pyasyncore pyuwsgi gunicorn
fi
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
log=$("$MVN" -B -q -ntp -pl cni-plugin,node-proxy -Dmdep.outputFile="$classpath" -Dmdep.includeScope=test test-compile dependency:build-classpath 2>&1) || die "$log"
PATH=$venv/bin:$PATH scripts/in-own-node.sh "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "node-proxy/target/test-classes:node-proxy/target/classes:$(cat "$classpath")" io.podstamp.differential.Servers "$@"
