// Calls by grpc-js, all over one connection, each claiming to be somebody else: node - HOST:PORT [CHECK…]  in a folder with
// @grpc/grpc-js in its node_modules. Prints a line for each check: its name, whether it is as it should be, what came back.
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { setTimeout: pause } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');

const MANY = 500;
const DEADLINES = 5;
const LARGE = 8 << 20; // twice what gRPC allows unless told otherwise
const [target, ...wanted] = process.argv.slice(2);

const asItIs = (bytes) => bytes;
const method = (name, requestStream, responseStream) => ({
  path: `/lab.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
});
const Echo = grpc.makeGenericClientConstructor(
  {
    unary: method('Unary', false, false),
    failing: method('Failing', false, false),
    silent: method('Silent', false, false),
    collect: method('Collect', true, false),
    repeat: method('Repeat', false, true),
    endless: method('Endless', false, true),
    chat: method('Chat', true, true),
  },
  'lab.Echo',
);
const client = new Echo(target, grpc.credentials.createInsecure(), {
  'grpc.max_receive_message_length': LARGE,
  'grpc.max_send_message_length': LARGE,
});

function claims(trace = Buffer.from([0, 10, 13, 255])) {
  const metadata = new grpc.Metadata();
  ['forged', 'forged-too'].forEach((name) => metadata.add('x-client-hostname', name));
  ['203.0.113.7', '203.0.113.8'].forEach((address) => metadata.add('x-forwarded-for', address));
  metadata.add('trace-bin', trace);
  return metadata;
}

const within = (seconds = 30) => ({ deadline: Date.now() + seconds * 1000 });

// A call and what becomes of it: its metadata, its status with the trailers.
function watched(call) {
  const head = new Promise((resolve) => call.on('metadata', resolve));
  const status = new Promise((resolve) => call.on('status', resolve));
  call.on('error', () => {}); // the status tells it
  return { call, head, status };
}

// A call with one answer; start is given its callback.
async function answered(start) {
  let answer;
  const { head, status } = watched(start((error, message) => (answer = message)));
  const end = await status;
  return { answer, head, status: end };
}

const unary = (message, metadata = claims()) =>
  answered((callback) => client.unary(message, metadata, within(), callback));

function chatting() {
  const watch = watched(client.chat(claims(), within()));
  return { ...watch, answers: watch.call[Symbol.asyncIterator]() };
}

// All of it but the time of day.
function plain(metadata) {
  const { date, ...fields } = metadata.toJSON();
  const text = (value) => (Buffer.isBuffer(value) ? value.toString('hex') : value);
  return Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values.map(text)]));
}

const told = ({ code, details, metadata }) => [grpc.status[code], details, plain(metadata)];

const isOk = (status) => assert.equal(status.code, grpc.status.OK, status.details);

const sum = (bytes) => [bytes.length, createHash('sha256').update(bytes).digest('hex')];
const all = (count, f) => Promise.all([...Array(count).keys()].map(f));

const checks = {
  async 'unary'() {
    const { answer, status, head } = await unary(Buffer.from('hello'));
    isOk(status);
    assert.equal(String(answer), 'hello');
    return [plain(await head), told(status)];
  },

  async 'large message'() {
    const message = Buffer.alloc(LARGE, 'podstamp');
    const { answer, status } = await unary(message);
    isOk(status);
    assert.ok(message.equals(answer));
    return [sum(answer), told(status)];
  },

  async 'calls at once'() {
    const calls = await all(MANY, (i) => unary(Buffer.from(`call ${i}`)));
    calls.forEach(({ status }) => isOk(status));
    calls.forEach(({ answer }, i) => assert.equal(String(answer), `call ${i}`));
    return [calls.length, told(calls.at(-1).status)];
  },

  async 'trailers'() {
    const trace = Buffer.alloc(4000, 'traced\0\xff', 'latin1');
    const { status } = await unary(Buffer.from('x'), claims(trace));
    isOk(status);
    assert.deepEqual(status.metadata.get('trace-bin'), [trace]);
    return [status.code, sum(trace)];
  },

  async 'error status'() {
    const { status } = await answered((callback) => client.failing(Buffer.alloc(0), claims(), within(), callback));
    assert.equal(status.code, grpc.status.NOT_FOUND, status.details);
    assert.equal(status.details, 'nothing: ü');
    assert.deepEqual(status.metadata.get('trace-bin'), claims().get('trace-bin'));
    return told(status);
  },

  // As long as a call may take to reach the server on a busy machine. The server is told of the deadline and ends the call too: once
  // in twenty its clock is first, captured or not, and the client sees a reset, or nginx's 502. Hence several, one after the other.
  async 'deadlines'() {
    const codes = await all(DEADLINES, async (i) => {
      await pause(i * 100);
      const began = Date.now();
      const { status } = await answered((callback) => client.silent(Buffer.alloc(0), claims(), within(2), callback));
      assert.notEqual(status.code, grpc.status.OK);
      assert.ok(Date.now() - began >= 1900, status.details);
      return status.code;
    });
    assert.ok(codes.includes(grpc.status.DEADLINE_EXCEEDED), `${codes}`);
    return codes.length;
  },

  async 'cancellation'() {
    const { call, status } = watched(client.endless(Buffer.from('x'), claims(), within()));
    call.once('data', () => call.cancel());
    const end = await status;
    assert.equal(end.code, grpc.status.CANCELLED, end.details);
    return told(end);
  },

  async 'client streaming'() {
    let call;
    const collected = answered((callback) => (call = client.collect(claims(), within(), callback)));
    const messages = [...Array(1000).keys()].map((i) => Buffer.from([i, 1, 2, 3]));
    messages.forEach((message) => call.write(message));
    call.end();
    const { answer, status } = await collected;
    isOk(status);
    assert.deepEqual(answer, Buffer.concat(messages));
    return [sum(answer), told(status)];
  },

  async 'server streaming'() {
    const message = Buffer.alloc(1024, 'again');
    const { call, status } = watched(client.repeat(message, claims(), within()));
    let count = 0;
    for await (const answer of call) {
      assert.deepEqual(answer, message);
      count++;
    }
    assert.equal(count, 1000);
    return told(await status);
  },

  async 'bidi streaming'() {
    const { call, answers, status } = chatting();
    for (let i = 1; i <= 100; i++) {
      const message = Buffer.alloc(i, i);
      call.write(message);
      assert.deepEqual((await answers.next()).value, message);
    }
    call.end();
    assert.ok((await answers.next()).done);
    return told(await status);
  },

  // None is ended before all have had an answer.
  async 'streams open at once'() {
    const chats = await all(MANY, async (i) => {
      const chat = chatting();
      chat.call.write(Buffer.from(`stream ${i}`));
      assert.equal(String((await chat.answers.next()).value), `stream ${i}`);
      return chat;
    });
    chats.forEach(({ call }) => call.end());
    const ends = await Promise.all(chats.map(async ({ answers, status }) => [(await answers.next()).done, (await status).code]));
    ends.forEach((end) => assert.deepEqual(end, [true, grpc.status.OK]));
    return ends.length;
  },
};

async function run() {
  for (const name of wanted.length > 0 ? wanted : Object.keys(checks)) {
    const [verdict, detail] = await checks[name]().then(
      (value) => ['ok', value],
      (error) => ['failed', error.message],
    );
    console.log(`${name}\t${verdict} ${JSON.stringify(detail)}`);
  }
  client.close();
}

run();
