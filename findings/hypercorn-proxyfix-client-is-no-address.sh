#!/usr/bin/env bash
# hypercorn 0.18.0, ProxyFixMiddleware: the host of scope["client"] may have a port in it, and its port is 0.
#
# Guess:     `client` is a host and a port (ASGI, HTTP connection scope), so what is behind the address goes there.
# Behaviour: the element of X-Forwarded-For is the host as it stands, brackets and port included; the port is always 0.
# Seen:      ('198.51.100.6:4711', 0) and ('[2001:db8::6]:4711', 0)
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hypercorn==0.18.0
cat > "$folder/look.py" <<'PYTHON'
import asyncio

from hypercorn.middleware import ProxyFixMiddleware


async def client(forwarded):
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)

    scope = {
        "type": "http",
        "client": ("192.0.2.1", 50000),
        "headers": [(b"x-forwarded-for", forwarded.encode())],
        "scheme": "http",
    }
    await ProxyFixMiddleware(app, mode="legacy", trusted_hops=1)(scope, None, None)
    return seen["client"]


for forwarded in ("198.51.100.6:4711", "[2001:db8::6]:4711"):
    print(tuple(asyncio.run(client(forwarded))))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "('198.51.100.6:4711', 0)
('[2001:db8::6]:4711', 0)" ] || { echo "the behaviour has changed"; exit 1; }
