#!/usr/bin/env bash
# Runs a command as the only thing on a Kubernetes Node of its own:
#
#     scripts/in-own-node.sh CMD [ARG…]
#
# The "Node" is a fresh set of network, mount and PID namespaces. Its root network namespace plays the host network,
# Pods are further namespaces under /run/netns. Nothing of it can outlive the command, whatever happens to it: the
# first process in a PID namespace takes everything along when it dies, and with the last process go the network, the
# mounts and the firewall rules. stdin, stdout, stderr and the exit status are the command's.
#
# Needs root, or a kernel that lets other users make user namespaces.
set -euo pipefail

# The second half, already inside: give the tools their places to write, then become the command's init. bash stays
# as PID 1, because an init has to reap orphans, which neither java nor curl does.
if [ "${1-}" = --inside ]; then
  shift
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/netns /run/lock
  ip link set lo up
  status=0
  "$@" || status=$?
  exit "$status"
fi

[ $# -gt 0 ] || { echo "usage: $0 CMD [ARG…]" >&2; exit 2; }

unshare=(unshare --net --mount --pid --fork --kill-child --mount-proc)
enter=(nsenter --net --mount --pid)
if [ "$(id -u)" -ne 0 ]; then
  unshare+=(--user --map-root-user)
  enter+=(--user --preserve-credentials)
  if ! reason=$("${unshare[@]}" true 2>&1); then
    echo "This kernel does not let user $(id -un) make the namespaces of a Node (${reason##*unshare: }): run it as root." >&2
    exit 1
  fi
fi

# unshare(1) blocks SIGTERM, so this shell stays to turn it into the end of the Node. A background job of a script
# ignores SIGINT and reads no stdin unless told otherwise: Ctrl-C has to reach the command, and so does its input.
# PODSTAMP_NODE is the beginning of the command line that enters the Node from outside.
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
(
  trap - INT QUIT
  export PODSTAMP_NODE="${enter[*]} --target \$(pgrep -P $BASHPID) --"
  exec setpriv --pdeathsig KILL -- "${unshare[@]}" "$self" --inside "$@"
) <&0 &
node=$!
trap 'kill -KILL "$node" 2>/dev/null; exit 143' TERM HUP
trap : INT # the command hears Ctrl-C itself and decides when to end

status=0
while kill -0 "$node" 2>/dev/null; do
  status=0
  wait "$node" || status=$?
done
exit "$status"
