#!/usr/bin/env bash
# CPython's own tests of HTTP, XML-RPC, SMTP, POP3 and FTP in a Pod that is left alone and in one whose every TCP
# connection is captured: each test has to end alike in both. Takes two minutes after the build. The last line tells how
# many tests were compared and which differ.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
need_cpython_tests
scripts/in-own-node.sh true
scripts/build.sh
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.CpythonTests target/podstamp
