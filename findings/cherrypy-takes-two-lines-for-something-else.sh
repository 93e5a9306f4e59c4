#!/usr/bin/env bash
# CherryPy 18.10.0, tools.proxy: a list of two addresses means another client in two field lines than in one.
#
# Guess:     two field lines are one list (RFC 9110, section 5.3).
# Behaviour: of one line the first element is taken, of two lines the first of the last one: the server keeps the last line of a name that it does not know as a list.
# Seen:      203.0.113.9 of one line, 198.51.100.6 of two
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check CherryPy==18.10.0
cat > "$folder/look.py" <<'PYTHON'
import socket

import cherrypy


class Answer:
    @cherrypy.expose
    def index(self):
        return cherrypy.request.remote.ip


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
cherrypy.config.update(
    {"server.socket_host": "127.0.0.1", "server.socket_port": port, "log.screen": False, "engine.autoreload.on": False, "tools.proxy.on": True}
)
cherrypy.tree.mount(Answer())
cherrypy.engine.start()
name = "X-Forwarded-For: "
for lines in (name + "203.0.113.9, 198.51.100.6\r\n", name + "203.0.113.9\r\n" + name + "198.51.100.6\r\n"):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}Connection: close\r\n\r\n".encode())
        answer = b""
        while got := connection.recv(4096):
            answer += got
    print(answer.decode().split("\r\n\r\n")[1])
cherrypy.engine.exit()
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "203.0.113.9
198.51.100.6" ] || { echo "the behaviour has changed"; exit 1; }
