// One GET by Node's http module: node - URL ADDRESS…  Says how it ended and after how many milliseconds.
const http = require('node:http');

const [url, ...addresses] = process.argv.slice(2);
const began = process.hrtime.bigint();

function end(text) {
  console.log(`${text}\t${(process.hrtime.bigint() - began) / 1000000n}`);
  process.exit(0);
}

// What dns.lookup would have found, and as late: never within the call.
function lookup(name, options, callback) {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const answer = options.all ? [found] : [found[0].address, found[0].family];
  process.nextTick(callback, null, ...answer);
}

http
  .get(url, { lookup, autoSelectFamily: true, timeout: 3000 })
  .on('response', (response) => end(`HTTP ${response.statusCode}`))
  .on('timeout', () => end("event 'timeout'"))
  .on('error', (error) => end(error.code));
