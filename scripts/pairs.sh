#!/usr/bin/env bash
# Makes pairs of annotation changes that come at once, headers and then enabled or disabled, while the agent's clock is off, and
# counts those after which a Pod is not as the second change wants it. The exit status is 0 when there is none. The last line
# tells how long a change took to have its effect, as far as /debug/attachments shows it. 5 000 take some minutes.
#
#     scripts/pairs.sh [PAIRS]      PODSTAMP=FOLDER: another build, as its scripts/build.sh made it
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
scripts/in-own-node.sh true
[ -n "${PODSTAMP-}" ] || scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -Xmx512m -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.Pairs \
  "${PODSTAMP:-target/podstamp}" "${1-5000}"
