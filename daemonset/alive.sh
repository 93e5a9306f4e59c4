#!/bin/bash
# Liveness: an agent that serves answers on the admin port. One that waits for its turn has not bound it, and is alive.
[ "$(cat "$1" 2>/dev/null)" = serving ] || exit 0
exec 3<>/dev/tcp/127.0.0.1/15911 || exit 1
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
read -r -t 4 answer <&3 && [[ $answer = *' 200 '* ]]
