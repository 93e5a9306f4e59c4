// One handler for Bun's and Deno's servers; writes down what it saw, as peer.py does.
import fs from 'node:fs';
const log = fs.openSync('seen.json', 'a');
const text = (s) => s.replace(/[^\x00-\xff]/g, '?');
async function answer(request, client) {
  const headers = [...request.headers].flat().map(text);
  fs.writeSync(log, JSON.stringify({client: client || '0.0.0.0', method: request.method, target: new URL(request.url).pathname, headers}) + '\n');
  await request.arrayBuffer().catch(() => {});
  return new Response('');
}
const [hostname, port] = ['127.0.0.1', @PORT@];
if (globalThis.Bun) Bun.serve({hostname, port, fetch: (request, server) => answer(request, server.requestIP(request)?.address)});
else Deno.serve({hostname, port}, (request, info) => answer(request, info.remoteAddr.hostname));
