#!/usr/bin/env bash
# Sanic 25.12.1, PROXIES_COUNT=1: client_ip is an address of IPv4 but a bracketed one of IPv6, which ipaddress cannot read.
#
# Guess:     what X-Forwarded-For has as 2001:db8::6 is client_ip 2001:db8::6.
# Behaviour: parse_xforwarded writes addresses of IPv6 as a host of a URL has them; ipaddress.ip_address() raises ValueError for that.
# Seen:      198.51.100.6 and [2001:db8::6]
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sanic==25.12.1
cat > "$folder/look.py" <<'PYTHON'
from types import SimpleNamespace

from sanic.compat import Header
from sanic.headers import parse_xforwarded

config = SimpleNamespace(REAL_IP_HEADER=None, PROXIES_COUNT=1, FORWARDED_FOR_HEADER="X-Forwarded-For")
for forwarded in ("198.51.100.6", "2001:db8::6"):
    print(parse_xforwarded(Header({"x-forwarded-for": forwarded}), config)["for"])
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "198.51.100.6
[2001:db8::6]" ] || { echo "the behaviour has changed"; exit 1; }
