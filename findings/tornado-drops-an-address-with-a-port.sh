#!/usr/bin/env bash
# Tornado 6.6.1, xheaders=True: an element with a port or brackets is ignored, and the proxy's own address stands in its place.
#
# Guess:     the port is taken off, as other servers do, or the request is refused.
# Behaviour: remote_ip is the address of the connection, without a word: all clients of such a proxy are one.
# Seen:      198.51.100.6, then 127.0.0.1 for 198.51.100.6:4711 and for [2001:db8::6]
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tornado==6.6.1
cat > "$folder/look.py" <<'PYTHON'
import asyncio

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler


class Answer(RequestHandler):
    def get(self):
        self.write(self.request.remote_ip)


async def main():
    socket, port = bind_unused_port()
    HTTPServer(Application([("/", Answer)]), xheaders=True).add_socket(socket)
    for forwarded in ("198.51.100.6", "198.51.100.6:4711", "[2001:db8::6]"):
        url = f"http://127.0.0.1:{port}/"
        answer = await AsyncHTTPClient().fetch(url, headers={"X-Forwarded-For": forwarded})
        print(answer.body.decode())


asyncio.run(main())
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "198.51.100.6
127.0.0.1
127.0.0.1" ] || { echo "the behaviour has changed"; exit 1; }
