#!/usr/bin/env bash
# waitress 3.0.2, trusted_proxy: the port behind an address of IPv4 is taken off, brackets and port of IPv6 stay.
#
# Guess:     REMOTE_ADDR is a bare address for both families, or for neither.
# Behaviour: 198.51.100.6:4711 becomes 198.51.100.6; [2001:db8::6]:4711 stays as it is, though [2001:db8::6] loses its brackets.
# Seen:      198.51.100.6, 2001:db8::6, [2001:db8::6]:4711
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check waitress==3.0.2
cat > "$folder/look.py" <<'PYTHON'
from wsgiref.util import setup_testing_defaults


def remote_address(wrap, forwarded):
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        start_response("200 OK", [])
        return []

    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    setup_testing_defaults(environ)
    wrap(app)(environ, lambda *_: None)
    return seen["REMOTE_ADDR"]


import logging

from waitress.proxy_headers import proxy_headers_middleware


def wrap(app):
    return proxy_headers_middleware(
        app,
        trusted_proxy="192.0.2.1",
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-for"},
        clear_untrusted=True,
        log_untrusted=False,
        logger=logging.getLogger("waitress"),
    )


for forwarded in ("198.51.100.6:4711", "[2001:db8::6]", "[2001:db8::6]:4711"):
    print(remote_address(wrap, forwarded))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "198.51.100.6
2001:db8::6
[2001:db8::6]:4711" ] || { echo "the behaviour has changed"; exit 1; }
