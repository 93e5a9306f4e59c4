#!/usr/bin/env bash
# django-ipware 8.0.0: with proxy_count=1 a list of one address gives no address at all.
#
# Guess:     behind one proxy, which writes its client into X-Forwarded-For, proxy_count=1 gives that client.
# Behaviour: the list must be one longer than the count, client and proxies; else the answer is None, and REMOTE_ADDR is no way out.
# Seen:      None for 198.51.100.6, 198.51.100.6 for 198.51.100.6, 192.0.2.1
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django-ipware==8.0.0 Django==5.2.19
cat > "$folder/look.py" <<'PYTHON'
from django.conf import settings

settings.configure()
from django.http import HttpRequest
from ipware import get_client_ip

for forwarded in ("198.51.100.6", "198.51.100.6, 192.0.2.1"):
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    print(get_client_ip(request, proxy_count=1)[0])
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "None
198.51.100.6" ] || { echo "the behaviour has changed"; exit 1; }
