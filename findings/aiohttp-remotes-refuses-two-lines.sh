#!/usr/bin/env bash
# aiohttp 3.14.5 with aiohttp-remotes 1.4.0, XForwardedRelaxed: X-Forwarded-For in two field lines is 400 Bad Request.
#
# Guess:     two field lines are one list (RFC 9110, section 5.3), as proxies that add a line of their own rely on.
# Behaviour: one line with two elements is read, the same in two lines is refused.
# Seen:      200 198.51.100.6, then 400
#
# Needs python3 with venv, and a package index; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5 aiohttp-remotes==1.4.0
cat > "$folder/look.py" <<'PYTHON'
import asyncio

import aiohttp_remotes
from aiohttp import ClientSession, web
from multidict import CIMultiDict


async def main():
    async def answer(request):
        return web.Response(text=request.remote)

    app = web.Application()
    app.router.add_get("/", answer)
    await aiohttp_remotes.setup(app, aiohttp_remotes.XForwardedRelaxed())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    name = "X-Forwarded-For"
    async with ClientSession() as session:
        for headers in ([(name, "203.0.113.9, 198.51.100.6")], [(name, "203.0.113.9"), (name, "198.51.100.6")]):
            async with session.get(f"http://127.0.0.1:{port}/", headers=CIMultiDict(headers)) as got:
                print(got.status, await got.text() if got.status == 200 else "")
    await runner.cleanup()


asyncio.run(main())
PYTHON
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "200 198.51.100.6
400 " ] || { echo "the behaviour has changed"; exit 1; }
