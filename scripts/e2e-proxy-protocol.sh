#!/usr/bin/env bash
# Connections that begin with a header of the PROXY protocol, under load: fifty at a time, while agents are upgraded, killed and started
# again, and while the rule is switched on and off: each has one header with its own port, or the one reset of a killed agent. Prints how
# many there were.
#
#     scripts/e2e-proxy-protocol.sh [ROUNDS [RATE [CONNECTIONS]]]   default: 3 rounds, 200 connections a second, 10000 in each part at least
set -euo pipefail
cd "$(dirname "$0")/.."
exec scripts/test.sh -Dtest=ToldUnderLoad -Dsurefire.failIfNoSpecifiedTests=false \
  -Dpodstamp.told.rounds="${1:-3}" -Dpodstamp.told.rate="${2:-200}" \
  -Dpodstamp.told.connections="${3:-10000}"
