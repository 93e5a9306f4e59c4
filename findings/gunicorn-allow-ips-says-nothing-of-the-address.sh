#!/usr/bin/env bash
# gunicorn 27.0.1: --forwarded-allow-ips does not change REMOTE_ADDR; only the scheme is taken from a trusted proxy.
#
# Guess:     the option that says whose X-Forwarded-* headers are believed makes REMOTE_ADDR the client's, as uvicorn's of the same name does.
# Behaviour: X-Forwarded-Proto: https makes wsgi.url_scheme https; REMOTE_ADDR stays the proxy's, whatever X-Forwarded-For has.
# Seen:      https 127.0.0.1
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gunicorn==27.0.1
cat > "$folder/look.py" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
import urllib.request

folder = os.path.dirname(os.path.abspath(__file__))
with open(f"{folder}/app.py", "w") as file:
    file.write(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [f\"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}\".encode()]\n"
    )
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--forwarded-allow-ips=*", "--log-level=error", "app:app"]
server = subprocess.Popen(command, cwd=folder)
try:
    headers = {"X-Forwarded-For": "198.51.100.6", "X-Forwarded-Proto": "https"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
    for _ in range(300):
        try:
            print(urllib.request.urlopen(request).read().decode())
            break
        except OSError:
            time.sleep(0.1)
finally:
    server.terminate()
    server.wait()
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "https 127.0.0.1" ] || { echo "the behaviour has changed"; exit 1; }
