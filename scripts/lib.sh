# shellcheck shell=bash
# What the scripts share: sourced, never run. Portable, and ignorant of CI.

MVN=${MVN:-mvn}
# Maven 3.8 and its plugins use what newer JDKs warn about.
export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS-}"

# Says one sentence and ends the script.
die() {
  echo "$*" >&2
  exit 1
}

# The feature version of the JDK in a folder, such as 25; 0 when there is none.
jdk_version() {
  [ -x "$1/bin/javac" ] || { echo 0; return; }
  local version
  version=$("$1/bin/javac" -version 2>&1 | sed -nE 's/^javac ([0-9]+).*/\1/p')
  echo "${version:-0}"
}

# Sets and exports JAVA_HOME: the first JDK of version 25 or later in JAVA_HOME, in the PATH, under /usr/lib/jvm.
find_jdk() {
  local folder javac
  javac=$(command -v javac || true)
  for folder in "${JAVA_HOME-}" "${javac:+$(dirname "$(dirname "$(readlink -f "$javac")")")}" /usr/lib/jvm/*; do
    if [ -n "$folder" ] && [ "$(jdk_version "$folder")" -ge 25 ]; then
      export JAVA_HOME=$folder
      return
    fi
  done
  die "JAVA_HOME: no JDK 25 or later there, in the PATH or in /usr/lib/jvm (expected: for example Eclipse Temurin's package temurin-25-jdk)."
}

# need_packages CMD:PACKAGE… installs the Debian packages whose command is not there (CMD may be a path); a user who
# may not install is told what to install. Services that a package brings are not started.
need_packages() {
  local pair cmd package missing=()
  PATH=$PATH:/usr/sbin:/sbin # where Debian keeps ip, nft and nginx; not in everybody's PATH
  for pair in "$@"; do
    cmd=${pair%%:*}
    package=${pair#*:}
    command -v "$cmd" >/dev/null || [ -e "$cmd" ] || [[ " ${missing[*]} " = *" $package "* ]] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die "Missing: ${missing[*]} (expected: these Debian packages, or what has the same commands elsewhere, installed by root)."
  fi
  echo "Installing ${missing[*]}" >&2
  install_quietly "${missing[@]}"
}

# apt-get install, with its output shown only when it fails. The policy file is the Debian way to say "start nothing";
# it is there only while apt-get runs, and an existing one is left alone.
install_quietly() (
  log=$(mktemp)
  trap 'rm -f "$log" ${policy:+"$policy"}' EXIT
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    die "apt-get could not install $* (maybe no package registry can be reached)."
  fi
)

# What a Node of the lab is made with.
need_lab_packages() {
  need_packages ip:iproute2 nft:nftables iptables:iptables nginx:nginx-light curl:curl unshare:util-linux setpriv:util-linux ps:procps \
    /usr/lib/cni/bridge:containernetworking-plugins /usr/lib/cni/portmap:containernetworking-plugins
}

# What the benchmark measures with, and whom it measures.
need_bench_packages() {
  need_packages wrk:wrk h2load:nghttp2-client haproxy:haproxy setpriv:util-linux sysctl:procps
}

# The servers that read what the stamper lets through: io.podstamp.differential.
need_peers() {
  need_packages nginx:nginx-light apache2:apache2-bin lighttpd:lighttpd nghttpd:nghttp2-server node:nodejs python3:python3 unshare:util-linux
}

# Debian's CPython with the tests that CPython itself is tested with.
need_cpython_tests() {
  need_packages /usr/bin/python3.11:python3.11
  [ -e /usr/lib/python3.11/test/test_ftplib.py ] || need_packages "python3.11's own tests:libpython3.11-testsuite"
}

# What grpc-js is fetched and run with, and whom it calls.
need_grpc_js_packages() {
  need_packages node:nodejs npm:npm nginx:nginx-light nghttpd:nghttp2-server
}

# What reads the metrics.
need_monitoring_packages() {
  need_packages prometheus:prometheus promtool:prometheus openssl:openssl
}

# What the sidecar is tried with: name servers, and what its forerunner was made of.
need_sidecar_packages() {
  need_packages dnsmasq:dnsmasq-base node:nodejs
}

# The gateways whose configuration docs/gateway.md shows.
need_gateways() {
  need_packages nginx:nginx-light haproxy:haproxy /usr/lib/nginx/modules/ngx_http_js_module.so:libnginx-mod-http-js
}

# The browser that the agent's status page is looked at with.
need_browser() {
  need_packages chromium:chromium chromedriver:chromium-driver
}

# The clients that lab sends to destinations that fail, beside curl and the JDK's own.
need_failure_clients() {
  need_packages node:nodejs wget:wget nc:netcat-openbsd /usr/bin/python3:python3
}

# The programs of other people that lab runs direct and captured. Python's modules are looked for where Debian has them.
need_interop_packages() {
  local modules=/usr/lib/python3/dist-packages
  need_packages curl:curl wget:wget node:nodejs /usr/bin/python3:python3 \
    $modules/websockets:python3-websockets $modules/aiosmtpd:python3-aiosmtpd $modules/pyftpdlib:python3-pyftpdlib \
    redis-server:redis-server redis-cli:redis-tools memcached:memcached memccapable:libmemcached-tools \
    sshd:openssh-server sftp:openssh-client mariadbd:mariadb-server-core mariadb:mariadb-client-core psql:postgresql-client \
    "$(echo /usr/lib/postgresql/*/bin/postgres):postgresql" \
    nghttp:nghttp2-client h2load:nghttp2-client nghttpd:nghttp2-server nginx:nginx-light apache2:apache2-bin
}

# The version that pom.xml has; scripts/version.sh brings it to where else it stands.
version() {
  sed -nE '0,/<version>/s|.*<version>(.*)</version>.*|\1|p' "${1:-pom.xml}"
}
