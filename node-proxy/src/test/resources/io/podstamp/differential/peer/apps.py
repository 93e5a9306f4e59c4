"""One application, served by whichever server is named; it writes down what it saw, as peer.py does."""
import json
import os
import sys

ADDRESS, PORT, SERVER = '127.0.0.1', @PORT@, '@OPTIONS@'
log = os.open('@HOME@/seen.json', os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def saw(client, method, target, headers):
    flat = [text for header in headers for text in header]
    os.write(log, (json.dumps({'client': client or '0.0.0.0', 'method': method, 'target': target, 'headers': flat}) + '\n').encode())


def wsgi(environ, start_response):
    headers = [(name[len('HTTP_'):], str(value)) for name, value in environ.items() if name.startswith('HTTP_')]
    saw(environ.get('REMOTE_ADDR'), environ['REQUEST_METHOD'], environ.get('PATH_INFO', ''), headers)
    if environ['REQUEST_METHOD'] in ('POST', 'PUT', 'PATCH') and environ.get('CONTENT_LENGTH'):
        environ['wsgi.input'].read(int(environ['CONTENT_LENGTH']))
    start_response('200 OK', [('Content-Length', '0')])
    return []


async def asgi(scope, receive, send):
    if scope['type'] == 'lifespan':
        while True:
            event = (await receive())['type']
            await send({'type': event + '.complete'})
            if event.endswith('shutdown'):
                return
    if scope['type'] != 'http':
        return
    headers = [(name.decode('latin-1'), value.decode('latin-1')) for name, value in scope['headers']]
    saw((scope.get('client') or [None])[0], scope['method'], scope['path'], headers)
    while (await receive()).get('more_body'):
        pass
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'0')]})
    await send({'type': 'http.response.body', 'body': b''})


def run_waitress():
    import waitress
    waitress.serve(wsgi, host=ADDRESS, port=PORT, threads=16)


def run_cheroot():
    from cheroot.wsgi import Server
    Server((ADDRESS, PORT), wsgi).start()


def run_paste():
    from paste import httpserver
    httpserver.serve(wsgi, host=ADDRESS, port=str(PORT))


def run_werkzeug():
    from werkzeug.serving import run_simple
    run_simple(ADDRESS, PORT, wsgi, threaded=True)


def run_gevent():
    from gevent.pywsgi import WSGIServer
    WSGIServer((ADDRESS, PORT), wsgi, log=None).serve_forever()


def run_eventlet():
    import eventlet.wsgi
    eventlet.wsgi.server(eventlet.listen((ADDRESS, PORT)), wsgi, log_output=False)


def run_twisted():
    from twisted.internet import reactor
    from twisted.web import server, wsgi as web
    reactor.listenTCP(PORT, server.Site(web.WSGIResource(reactor, reactor.getThreadPool(), wsgi)), interface=ADDRESS)
    reactor.run()


def run_tornado():
    import asyncio
    from tornado import httpserver

    def answer(request):
        saw(request.remote_ip, request.method, request.uri, list(request.headers.get_all()))
        request.connection.write_headers(*reply())
        request.connection.finish()

    def reply():
        from tornado.httputil import HTTPHeaders, ResponseStartLine
        return ResponseStartLine('HTTP/1.1', 200, 'OK'), HTTPHeaders({'Content-Length': '0'})

    async def main():
        httpserver.HTTPServer(answer).listen(PORT, ADDRESS)
        await asyncio.Event().wait()
    asyncio.run(main())


def run_aiohttp():
    from aiohttp import web

    async def answer(request):
        saw(request.remote, request.method, request.path, list(request.headers.items()))
        await request.read()
        return web.Response()
    import asyncio

    async def main():
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, PORT).start()
        await asyncio.Event().wait()
    asyncio.run(main())


def run_sanic():
    from sanic import Sanic, response
    app = Sanic('peer')

    @app.middleware('request')
    async def answer(request):
        saw(request.ip, request.method, request.path, list(request.headers.items()))
        return response.empty(200)
    @app.get('/')
    async def root(_):
        return response.empty(200)
    app.run(ADDRESS, PORT, single_process=True, access_log=False, motd=False)


def run_uvicorn_h11():
    import uvicorn
    uvicorn.run(asgi, host=ADDRESS, port=PORT, http='h11', log_level='critical', proxy_headers=False)


def run_uvicorn_httptools():
    import uvicorn
    uvicorn.run(asgi, host=ADDRESS, port=PORT, http='httptools', log_level='critical', proxy_headers=False)


def run_hypercorn():
    import asyncio
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    config = Config()
    config.bind = ['%s:%d' % (ADDRESS, PORT)]
    config.errorlog = None
    asyncio.run(serve(asgi, config))


def run_daphne():
    from daphne.server import Server
    Server(application=asgi, endpoints=['tcp:port=%d:interface=%s' % (PORT, ADDRESS)]).run()


def run_granian():
    from granian.constants import Interfaces
    from granian.server.embed import Server
    import asyncio
    asyncio.run(Server(asgi, address=ADDRESS, port=PORT, interface=Interfaces.ASGI).serve())


def run_zope():
    from zope.server.taskthreads import ThreadedTaskDispatcher
    from zope.server.http.wsgihttpserver import WSGIHTTPServer
    import asyncore
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.setThreadCount(8)
    WSGIHTTPServer(wsgi, 'peer', ADDRESS, PORT, task_dispatcher=dispatcher)
    asyncore.loop()


def run_gunicorn():
    from gunicorn.app.base import BaseApplication

    class Peer(BaseApplication):
        def load_config(self):
            for key, value in {'bind': '%s:%d' % (ADDRESS, PORT), 'worker_class': 'gthread', 'threads': 16, 'loglevel': 'critical', 'worker_tmp_dir': '@HOME@'}.items():
                self.cfg.set(key, value)

        def load(self):
            return wsgi
    Peer().run()


def run_uwsgi():
    os.chdir('@HOME@')
    os.execvp('uwsgi', ['uwsgi', '--http-socket', '%s:%d' % (ADDRESS, PORT), '--wsgi-file', os.path.abspath(__file__), '--callable', 'wsgi', '--threads', '16', '--disable-logging', '--die-on-term', '--need-app', '--socket-timeout', '3'])


if __name__ == '__main__':
    globals()['run_' + SERVER]()
