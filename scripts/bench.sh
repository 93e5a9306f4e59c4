#!/usr/bin/env bash
# Measures podstamp beside its peers, in one run, on a Node made of namespaces. What counts are the ratios.
#
#     scripts/bench.sh [--quick|--full] [--only W1[,W3…]] [--rounds N] [--seconds S] [--contestants PODSTAMP[,HAPROXY…]]
#
#     W1        small GET over 64 kept connections
#     W2        a fixed rate of requests, however late the answers are
#     W3        one connection per request
#     W4        POST of 16 KiB
#     W5, W6    download and upload of 1 GiB, one and eight at once
#     W7        9 000 idle connections
#     W8        250 Pods at 20 requests a second each, next to 250 nginx sidecars
#     W9        what one start of the CNI plugin costs
#     W10       pipelined requests
#     W11       HTTP/2 without TLS
#     only when named:
#     BANNER    how soon a client hears SMTP, SSH, redis and memcached, direct and captured
#     OPENINGS  how soon a server that says nothing hears 300 first messages and halves of them, direct and captured
#     PROXY     what a header of the PROXY protocol costs, over TLS
#     NEIGHBOUR what a captured Pod feels of another one that floods the proxy
#     VERIFY    what looking after 200 idle Pods costs the agent
#     ENABLE    how long it takes to capture 200 Pods that are enabled at once
#     CONNTRACK what being captured costs a server Pod's inbound connections
#     SCRAPE    what one look at the metrics costs the agent, with 200 Pods and 5 000 connections
#
# --quick takes less than eight minutes on two cores and has smaller W5 to W9; the default, --full, takes less than forty.
# PODSTAMP=FOLDER measures another build, as its scripts/build.sh made it.
# Writes target/bench/results.json and results.md. The exit status is 0 when everything could be measured, whether
# goals were reached or not.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
need_bench_packages
case "$*" in *BANNER*) need_interop_packages ;; esac
scripts/in-own-node.sh true
scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -Xmx256m -cp "lab/target/classes:lab/target/lib/*" \
  io.podstamp.lab.bench.Bench "${PODSTAMP:-target/podstamp}" target/bench "$@"
