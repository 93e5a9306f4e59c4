"""A server that answers with the ServiceAccount that docs/gateway.md's podstamp.py finds in a request.

    server.py FOLDER PORT
"""

import http.server
import sys

sys.path.insert(0, sys.argv[1])
import podstamp  # noqa: E402


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, body = 200, "[%s] false" % podstamp.pod_of(self.headers.get_all("X-Client-Identity", []))["sub"]
        except Exception as refused:  # whatever it is, nobody is let in
            status, body = 401, str(refused)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
