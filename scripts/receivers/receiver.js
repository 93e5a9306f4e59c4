// A receiver of Node: answers with the address that it takes for the client's.
//
//     node receiver.js NAME SETTING PORT
//
// SETTING is `plain`, a number of hops, or blocks of trusted addresses with `+` between them.
'use strict';
const [name, setting, port] = process.argv.slice(2);
const trust = setting === 'plain' ? true : /^\d+$/.test(setting) ? Number(setting) : setting.split('+');

const receivers = {
  express() {
    const app = require('express')();
    app.set('trust proxy', trust);
    app.get('/', (request, response) => response.send(request.ip));
    app.listen(port, '0.0.0.0');
  },
  koa() {
    const Koa = require('koa');
    const app = new Koa(trust === true ? {proxy: true} : {proxy: true, maxIpsCount: trust});
    app.use((context) => { context.body = context.ip; });
    app.listen(port, '0.0.0.0');
  },
  fastify() {
    const app = require('fastify')({trustProxy: trust});
    app.get('/', async (request) => request.ip);
    app.listen({port: Number(port), host: '0.0.0.0'});
  },
  'request-ip'() {
    const {getClientIp} = require('request-ip');
    require('http').createServer((request, response) => response.end(getClientIp(request))).listen(port, '0.0.0.0');
  },
  hapi() {
    const server = require('@hapi/hapi').server({port: Number(port), host: '0.0.0.0'});
    server.route({method: 'GET', path: '/', handler: (request) => request.info.remoteAddress});
    server.start();
  },
};

receivers[name]();
