#!/usr/bin/env bash
# Real client programs in a Pod that is left alone and in captured ones of both profiles, against real servers: exit status, stdout
# and stderr have to be the same, but for what docs/http.md and docs/what-applications-see.md tell of profile strict. What runs is in
# lab's clients.txt; what every build runs (lab's Interop tests) and e2e-grpc-js.sh, e2e-cpython.sh is not among it. Prints a
# table, and at the end how many differ. Of Debian, PyPI and npm; ten minutes after the build.
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
  docker:docker.io tinyproxy:tinyproxy-bin beanstalkd:beanstalkd http:httpie aria2c:aria2 lynx:lynx w3m:w3m \
  ruby:ruby php:php-cli guile:guile-3.0 racket:racket swipl:swi-prolog-nox pike8.0:pike8.0 erl:erlang-base \
  tclsh:tcl lua5.4:lua5.4 npm:npm go:golang-go hg:mercurial fossil:fossil cadaver:cadaver rclone:rclone \
  msmtp:msmtp etcd:etcd-server etcdctl:etcd-client ngircd:ngircd mpd:mpd mpc:mpc whois:whois dig:bind9-dnsutils \
  dnsmasq:dnsmasq-base logger:bsdutils gearmand:gearman-job-server gearman:gearman-tools distcc:distcc php-cgi:php-cgi \
  cgi-fcgi:libfcgi-bin microsocks:microsocks iperf3:iperf3 influxd:influxdb \
  influx:influxdb-client \
  /usr/lib/lighttpd/mod_webdav.so:lighttpd-mod-webdav /usr/share/doc/libwww-perl:libwww-perl \
  /usr/share/doc/lua-socket:lua-socket /usr/share/doc/erlang-inets:erlang-inets
scripts/in-own-node.sh true
scripts/build.sh
if [ ! -x "$clients/bin/python3" ]; then
  python3 -m venv "$clients"
  "$clients/bin/pip" install --quiet --disable-pip-version-check botocore websocket-client nats-py httpx h2 aiohttp requests \
    urllib3 httplib2 redis pymemcache paho-mqtt ldap3 grpcio pg8000 ||
    die "pip could not install the clients (maybe no package registry can be reached)."
fi
[ -d "$clients/npm/node_modules/ws" ] || npm install --prefix "$clients/npm" --silent --no-fund --no-audit axios got undici ws bun deno
(cd lab/src/test/interop/go-client && go build -o "$clients/bin/go-client" .)
export NODE_PATH=$clients/npm/node_modules DENO_DIR=$clients/deno DENO_NO_UPDATE_CHECK=1
export PATH=$clients/bin:$clients/npm/node_modules/.bin:$PATH
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" \
  io.podstamp.lab.Clients target/podstamp lab/src/test/interop "$@"
