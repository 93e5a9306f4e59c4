// A server that answers with the ServiceAccount that docs/gateway.md's podstamp.mjs, which lies beside it, finds in a request.
//
//     node server.mjs PORT
import http from 'node:http';
import {podOf} from './podstamp.mjs';

function answer(response, status, body) {
  response.writeHead(status, {'Content-Length': Buffer.byteLength(body)}).end(body);
}

http.createServer(async (request, response) => {
  try {
    const claims = await podOf(request);
    answer(response, 200, `[${claims.sub}] false`);
  } catch (refused) {
    answer(response, 401, String(refused.message));
  }
}).listen(Number(process.argv[2]), '127.0.0.1');
