#!/usr/bin/env bash
# Express 5.3.0, trust proxy: req.ip may have a port, and then is no key for a limit: each connection of a client has another one.
#
# Guess:     req.ip is an address, since each element of X-Forwarded-For is read as one to see whether it is trusted.
# Behaviour: the element that is not trusted any more is returned as it stands; some load balancers append `address:port`.
# Seen:      198.51.100.6:4711 and [2001:db8::6]:4711
#
# Needs node 18 or later, npm and a package registry; changes nothing outside a temporary folder. Exit status 1 when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --silent --no-fund --no-audit express@5.3.0
cat > "$folder/look.js" <<'JS'
const app = require('express')();
app.set('trust proxy', 1);
app.get('/', (request, response) => response.send(request.ip));
const server = app.listen(0, '127.0.0.1', async () => {
  for (const forwarded of ['198.51.100.6:4711', '[2001:db8::6]:4711']) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, {headers: {'X-Forwarded-For': forwarded}});
    console.log(await answer.text());
  }
  server.close();
});
JS
seen=$(node "$folder/look.js")
echo "$seen"
[ "$seen" = "198.51.100.6:4711
[2001:db8::6]:4711" ] || { echo "the behaviour has changed"; exit 1; }
