#!/usr/bin/env bash
# Measures what applications see of destinations that fail, without podstamp, with it, and with `podstamp.io/connect: early`,
# and prints the table of docs/what-applications-see.md. Takes a minute after the build. Go's client is among them where the
# package golang-go is or can be had.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
need_packages mvn:maven
need_lab_packages
need_failure_clients
(need_packages go:golang-go gcc:gcc) || true
scripts/in-own-node.sh true
scripts/build.sh
mkdir -p target/failure-clients
if ! command -v go >/dev/null; then
  echo "go: not here (expected: the package golang-go); the table has no rows of it" >&2
elif ! GOCACHE=$PWD/target/failure-clients/cache GOFLAGS=-mod=mod CGO_ENABLED=1 go build -o target/failure-clients/go-get \
  lab/src/main/resources/io/podstamp/lab/go-get.go; then
  echo "go-get.go: not built; the table has no rows of it" >&2
fi
exec scripts/in-own-node.sh "$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "lab/target/classes:lab/target/lib/*" io.podstamp.lab.FailureTable target/podstamp
