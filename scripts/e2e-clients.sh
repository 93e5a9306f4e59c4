#!/usr/bin/env bash
# Real client programs in a Pod that is left alone and in captured ones of both profiles, against real servers: exit status, stdout
# and stderr have to be the same, but for what docs/http.md and docs/what-applications-see.md tell of profile strict. What runs is in
# lab's clients.txt; what every build runs (lab's Interop tests) and e2e-grpc-js.sh, e2e-cpython.sh is not among it. Prints a
# table, and at the end how many differ. Of Debian and PyPI; three minutes after the build.
#
#     scripts/e2e-clients.sh [NAME…]      default: all of them; a name is as in clients.txt
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

clients=$PWD/target/clients

find_jdk
need_packages mvn:maven
need_lab_packages
need_interop_packages
need_packages python3:python3-venv git:git lighttpd:lighttpd swaks:swaks nats-server:nats-server mosquitto:mosquitto \
  mosquitto_pub:mosquitto-clients slapd:slapd ldapsearch:ldap-utils svnserve:subversion rsync:rsync nc:netcat-openbsd \
  docker:docker.io tinyproxy:tinyproxy-bin beanstalkd:beanstalkd
scripts/in-own-node.sh true
scripts/build.sh
if [ ! -x "$clients/bin/python3" ]; then
  python3 -m venv "$clients"
  "$clients/bin/pip" install --quiet --disable-pip-version-check botocore websocket-client nats-py httpx aiohttp ||
    die "pip could not install the clients (maybe no package registry can be reached)."
fi
export PATH=$clients/bin:$PATH
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" \
  io.podstamp.lab.Clients target/podstamp lab/src/test/interop "$@"
