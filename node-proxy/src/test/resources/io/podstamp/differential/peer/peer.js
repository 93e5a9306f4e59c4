// Answers every request and writes down what it saw, with all lines of a name.
const fs = require('fs');
const log = fs.openSync('seen.json', 'a');
if ('@OPTIONS@' === 'http-parser-js') process.binding('http_parser').HTTPParser = require('http-parser-js').HTTPParser;
const options = {insecureHTTPParser: '@OPTIONS@' === 'insecure', requireHostHeader: false, maxHeaderSize: 1 << 20};
const server = require('http').createServer(options, (request, response) => {
  fs.writeSync(log, JSON.stringify({
    client: request.socket.client, method: request.method, target: request.url, headers: request.rawHeaders,
  }) + '\n');
  request.resume().on('end', () => response.end());
});
server.on('connection', (socket) => {
  socket.client = socket.remoteAddress; // not known any more after a reset
  if (!socket.client) socket.destroy();
});
server.listen(@PORT@, '127.0.0.1', 256);
