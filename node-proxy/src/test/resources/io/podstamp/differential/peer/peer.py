"""Answers every request and writes down what it saw: as http.server shows it, or as a WSGI application sees it."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

log = os.open('seen.json', os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def saw(client, method, target, headers):
    flat = [text for header in headers for text in header]
    line = json.dumps({'client': client, 'method': method, 'target': target, 'headers': flat})
    os.write(log, (line + '\n').encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    timeout = 2

    def __getattr__(self, name):
        if name.startswith('do_'):
            return self.answer
        raise AttributeError(name)

    def answer(self):
        saw(self.client_address[0], self.command, self.path, self.headers.items())
        lengths = [length.strip(' \t') for length in self.headers.get_all('Content-Length', [])]
        if 'Transfer-Encoding' in self.headers or len(set(lengths)) > 1 or not all(n.isdigit() for n in lengths):
            self.close_connection = True  # http.server leaves bodies to its user; this one knows sized ones only
        elif lengths:
            self.rfile.read(int(lengths[0]))
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


class QuietWsgiHandler(WSGIRequestHandler):
    timeout = 2

    def log_message(self, *_):
        pass


class ThreadingWsgiServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


def application(environ, start_response):
    headers = [(name[len('HTTP_'):], value) for name, value in environ.items() if name.startswith('HTTP_')]
    saw(environ['REMOTE_ADDR'], environ['REQUEST_METHOD'], environ['PATH_INFO'], headers)
    start_response('200 OK', [('Content-Length', '0')])
    return []


address = ('127.0.0.1', @PORT@)
if '@OPTIONS@' == 'wsgiref':
    server = ThreadingWsgiServer(address, QuietWsgiHandler)
    server.set_app(application)
else:
    ThreadingHTTPServer.request_queue_size = 256
    server = ThreadingHTTPServer(address, Handler)
server.serve_forever()
