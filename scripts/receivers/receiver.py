"""A receiver of Python: answers with the address that it takes for the client's.

    receiver.py NAME SETTING PORT

SETTING is `plain`, a number of hops, or blocks of trusted addresses with `+` between them.
"""
import asyncio
import sys


def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("REMOTE_ADDR", "-").encode()]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": event + ".complete"})
            if event == "lifespan.shutdown":
                return
    body = scope["client"][0].encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def serve_wsgi(app, port):
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def address_string(self):
            return self.client_address[0]

        def log_message(self, *_):
            pass

    make_server("0.0.0.0", port, app, handler_class=Quiet).serve_forever()


def werkzeug(setting, port):
    from werkzeug.middleware.proxy_fix import ProxyFix

    serve_wsgi(ProxyFix(wsgi, x_for=1 if setting == "plain" else int(setting)), port)


def uvicorn(setting, port):
    import uvicorn

    uvicorn.run(asgi, host="0.0.0.0", port=port, log_level="error", forwarded_allow_ips="*" if setting == "plain" else setting.split("+"))


def hypercorn(setting, port):
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from hypercorn.middleware import ProxyFixMiddleware

    config = Config()
    config.bind = [f"0.0.0.0:{port}"]
    config.loglevel = "ERROR"
    hops = 1 if setting == "plain" else int(setting)
    asyncio.run(serve(ProxyFixMiddleware(asgi, mode="legacy", trusted_hops=hops), config))


def waitress(setting, port):
    from waitress import serve

    proxy, _, count = setting.partition("*")
    serve(wsgi, host="0.0.0.0", port=port, trusted_proxy="*" if setting == "plain" else proxy, trusted_proxy_count=int(count or 1),
          trusted_proxy_headers="x-forwarded-for", clear_untrusted_proxy_headers=True)


def tornado(setting, port):
    from tornado.httpserver import HTTPServer
    from tornado.web import Application, RequestHandler

    class Answer(RequestHandler):
        def get(self):
            self.write(self.request.remote_ip)

    async def main():
        downstream = None if setting == "plain" else setting.split("+")
        HTTPServer(Application([("/", Answer)]), xheaders=True, trusted_downstream=downstream).listen(port)
        await asyncio.Event().wait()

    asyncio.run(main())


def ipware(_, port):
    from django.conf import settings

    settings.configure(ALLOWED_HOSTS=["*"])
    from django.core.handlers.wsgi import WSGIRequest
    from ipware import get_client_ip

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(get_client_ip(WSGIRequest(environ))[0]).encode()]

    serve_wsgi(app, port)


def sanic(setting, port):
    from sanic import Sanic, text

    app = Sanic("receiver")
    app.config.PROXIES_COUNT = 1 if setting == "plain" else int(setting)
    app.config.ACCESS_LOG = False

    @app.get("/")
    async def answer(request):
        return text(request.client_ip)

    app.run(host="0.0.0.0", port=port, single_process=True, motd=False, access_log=False)


def granian(setting, port):
    from granian.constants import Interfaces
    from granian.server.embed import Server
    from granian.utils.proxies import wrap_asgi_with_proxy_headers

    hosts = "*" if setting == "plain" else setting.split("+")
    app = wrap_asgi_with_proxy_headers(asgi, trusted_hosts=hosts)
    asyncio.run(Server(app, address="0.0.0.0", port=port, interface=Interfaces.ASGI).serve())


def cherrypy(_, port):
    import cherrypy

    class Answer:
        @cherrypy.expose
        def index(self):
            return cherrypy.request.remote.ip

    cherrypy.config.update({"server.socket_host": "0.0.0.0", "server.socket_port": port, "log.screen": False, "engine.autoreload.on": False,
                            "tools.proxy.on": True})
    cherrypy.quickstart(Answer())


def bottle(_, port):
    import bottle

    app = bottle.Bottle()
    app.route("/", callback=lambda: bottle.request.remote_addr)
    serve_wsgi(app, port)


def falcon(_, port):
    import falcon

    class Answer:
        def on_get(self, request, response):
            response.text = request.access_route[0]

    app = falcon.App()
    app.add_route("/", Answer())
    serve_wsgi(app, port)


def quart(_, port):
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from quart import Quart, request

    app = Quart("receiver")

    @app.get("/")
    async def answer():
        return request.access_route[0]

    config = Config()
    config.bind = [f"0.0.0.0:{port}"]
    config.loglevel = "ERROR"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
