// Connects, waits for the first byte and resets the connection: node - HOST PORT
const net = require('node:net');

const [host, port] = process.argv.slice(2);
const socket = net.connect({ host, port: Number(port) });
socket.once('data', () => socket.resetAndDestroy());
