#!/usr/bin/env bash
# Branch coverage of what reads strangers' bytes: detector, framer, stamper, tripwire; by their own tests alone. Fails under 98 %.
# JaCoCo's report is node-proxy/target/site/jacoco/index.html.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
"$MVN" -B -q -Pcoverage -pl cni-plugin,node-proxy -am -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='io.podstamp.http1.*Test,io.podstamp.guard.*Test,io.podstamp.accept.ProtocolDetectorTest' test

# Columns: group, package, class, instructions missed and covered, branches missed and covered, …
awk -F, '
  $2 ~ /^io\.podstamp\.(stamp|http1|guard|sniff|accept)$/ && $6 + $7 > 0 &&
  $3 ~ /^(RequestHead|RequestLine|Fields|BodyFraming|ChunkedBody|ChunkExtension|ListValue|MarkedLines|Octets|HeadWriter|Http1Stamper|ResponseWatch|Tripwire|TripwireHandler|ProtocolDetector|Opening|HttpLook|NonHttpOpenings)(\.|$)/ {
    printf "%-22s %3d of %3d branches\n", $3, $7, $6 + $7; missed += $6; covered += $7
  }
  END { share = 100 * covered / (missed + covered); printf "%.1f %% of %d branches\n", share, missed + covered; exit share < 98 }
' node-proxy/target/site/jacoco/jacoco.csv
