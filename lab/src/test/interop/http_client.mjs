// Node's http module over one kept connection, then its fetch: what came back, a line each.
import { createHash } from "node:crypto";
import http from "node:http";

const server = process.argv[2];
const mebibyte = Buffer.alloc(1 << 20, "podstamp");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const tell = (what, status, body) =>
  console.log(what, status, body.length, createHash("sha256").update(body).digest("hex"));

const request = (path, options, body) =>
  new Promise((resolve, reject) => {
    const call = http.request(server + path, { agent, ...options }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      resolve([answer.statusCode, Buffer.concat(parts)]);
    });
    call.on("error", reject);
    call.end(body);
  });

tell("get", ...(await request("/download/1/node-http", { headers: { "x-LOWER": "1", "B": "2" } })));
tell("post", ...(await request("/upload/node-http", { method: "POST" }, mebibyte)));
const chunked = { method: "PUT", headers: { "Transfer-Encoding": "chunked" } };
tell("chunked", ...(await request("/upload/node-http", chunked, mebibyte)));
agent.destroy();

const fetched = async (path, options) => {
  const answer = await fetch(server + path, options);
  return [answer.status, Buffer.from(await answer.arrayBuffer())];
};
tell("fetch", ...(await fetched("/download/1/node-fetch")));
tell("fetch post", ...(await fetched("/upload/node-fetch", { method: "POST", body: mebibyte })));
const stream = new Blob([mebibyte]).stream();
tell("fetch stream", ...(await fetched("/upload/node-fetch", { method: "PUT", body: stream, duplex: "half" })));
