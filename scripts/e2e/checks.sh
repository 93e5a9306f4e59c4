# shellcheck shell=bash
# Sourced by e2e.sh: checks that go on after a failure, and their count.

passed=0 failed=0

# check WHAT CMD…: passes when CMD succeeds.
check() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
  fi
}

# equal EXPECTED ACTUAL
equal() { [ "$1" = "$2" ] || { echo "        expected: $1, found: $2"; return 1; }; }

# says TEXT PART
says() { grep -qF -- "$2" <<<"$1" || { echo "        not in: $1"; return 1; }; }

quietly() { "$@" >/dev/null; }

# within SECONDS CMD…: repeats CMD until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

summary() {
  local status=$?
  echo "$passed passed, $failed failed"
  [ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
}
