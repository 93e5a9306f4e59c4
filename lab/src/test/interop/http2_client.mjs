// Node's http2 module, which grpc-js is made of: a gRPC call, twenty at once, and one that is cancelled, over one
// connection. Prints what came back, a line each. Argument: the beginning of the URL.
import http2 from "node:http2";

const session = http2.connect(process.argv[2]);
const head = (method) => ({
  ":method": "POST",
  ":path": `/lab.Echo/${method}`,
  "content-type": "application/grpc+proto",
  te: "trailers",
  "x-client-hostname": "forged",
  "trace-bin": "AAoN/w",
});
const framed = (message) => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
};

const call = (method, message) =>
  new Promise((resolve, reject) => {
    const stream = session.request(head(method));
    const parts = [];
    let end = {};
    stream.on("response", (headers) => (end = headers));
    stream.on("trailers", (trailers) => (end = trailers));
    stream.on("data", (part) => parts.push(part));
    stream.on("error", reject);
    stream.on("close", () =>
      resolve([Buffer.concat(parts).subarray(5).toString(), end["grpc-status"], end["grpc-message"], end["trace-bin"]]),
    );
    stream.end(framed(Buffer.from(message)));
  });

const cancelled = () =>
  new Promise((resolve) => {
    const stream = session.request(head("Endless"));
    stream.on("data", () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.on("close", () => resolve([stream.rstCode]));
    stream.end(framed(Buffer.from("x")));
  });

console.log(...(await call("Unary", "hello")));
console.log(...(await call("Failing", "")));
console.log(...(await cancelled()));
const answers = await Promise.all([...Array(20).keys()].map((i) => call("Unary", `call ${i}`)));
console.log(...answers.map(([body]) => body));
session.close();
