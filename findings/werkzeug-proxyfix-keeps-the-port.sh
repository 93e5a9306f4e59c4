#!/usr/bin/env bash
# Werkzeug 3.1.9, ProxyFix: REMOTE_ADDR may be an address with a port.
#
# Guess:     REMOTE_ADDR is an address (RFC 3875, section 4.1.8), whatever a proxy wrote.
# Behaviour: the element of X-Forwarded-For is taken as it stands; load balancers that append `address:port` leave the port in it.
# Seen:      '198.51.100.6:4711' for 198.51.100.6:4711, '[2001:db8::6]' for [2001:db8::6]
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Werkzeug==3.1.9
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


from werkzeug.middleware.proxy_fix import ProxyFix

for forwarded in ("198.51.100.6:4711", "[2001:db8::6]"):
    print(remote_address(ProxyFix, forwarded))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "198.51.100.6:4711
[2001:db8::6]" ] || { echo "the behaviour has changed"; exit 1; }
