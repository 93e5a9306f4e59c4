#!/usr/bin/env bash
# Linux 6.18, TCP: a non-blocking connect() says EINPROGRESS also when the connection is there before it returns.
#
# Guess:     over loopback, or a veth pair, the whole handshake happens within the call, so it returns 0 (connect(2): EINPROGRESS is
#            for a connection that "cannot be completed immediately"), and a proxy that dials a neighbour needs no epoll for it.
# Behaviour: it never returns 0: the state is looked at while the socket is locked, and what came meanwhile is taken up when it is
#            let go (net/ipv4/af_inet.c, __inet_stream_connect; release_sock). getpeername() right behind it tells the peer.
# Seen:      1000 connections: EINPROGRESS 1000, of which connected when the call returned: 1000
#
# Needs python3; loopback only. Exit status 1 when the behaviour is another one.
set -euo pipefail
seen=$(python3 - <<'PYTHON'
import errno
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
in_progress = connected = 0
for _ in range(1000):
    with socket.socket() as dialled:
        dialled.setblocking(False)
        in_progress += dialled.connect_ex(listener.getsockname()) == errno.EINPROGRESS
        try:
            dialled.getpeername()
            connected += 1
        except OSError:
            pass
print(f"1000 connections: EINPROGRESS {in_progress}, of which connected when the call returned: {connected}")
PYTHON
)
echo "Linux $(uname -r)"
echo "$seen"
[ "$seen" = "1000 connections: EINPROGRESS 1000, of which connected when the call returned: 1000" ] || exit 1
