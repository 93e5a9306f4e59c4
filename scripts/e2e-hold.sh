#!/usr/bin/env bash
# Shows what becomes of connections whose SYNs are held while the agent is killed, stopped or replaced, and of many at once; prints
# counts. The exit status is 1 when something is not as it has to be. A part each time; by hand, it takes minutes:
#
#     scripts/e2e-hold.sh kill N RATE            kill -9 of the agent and a new start, N times under RATE connections a second
#     scripts/e2e-hold.sh kill-strict N RATE     the same for a Pod that is never to be let past
#     scripts/e2e-hold.sh stop                   SIGSTOP of the agent, then SIGCONT and SIGKILL
#     scripts/e2e-hold.sh upgrade N RATE         a second agent takes over, N times
#     scripts/e2e-hold.sh rollback FOLDER RATE   to another build, as its scripts/build.sh made it, and back
#     scripts/e2e-hold.sh ports N                N connections from 5 Pods that have 2 000 ports, to 40 destinations
#
# PODSTAMP=FOLDER: another build of the agent.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

[ $# -gt 0 ] || { sed -n '2,12p' "$0" >&2; exit 2; }
find_jdk
need_packages mvn:maven
need_lab_packages
scripts/in-own-node.sh true
[ -n "${PODSTAMP-}" ] || scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -Xmx1g -cp "lab/target/classes:lab/target/lib/*" \
  io.podstamp.lab.HoldEndToEnd "${PODSTAMP:-target/podstamp}" "$@"
