"""Takes what is PUT, and asks for it by 100 if it has to; under /no it refuses without asking, and under /early it answers before
the body. Prints nothing of headers. Argument: the port."""
import hashlib
import http.server
import sys


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle_expect_100(self):
        if not self.path.startswith("/no"):
            return super().handle_expect_100()
        self.answer(403, b"")
        return False

    def answer(self, status, body):
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        if self.path.startswith("/early"):
            self.answer(200, b"early\n")
        body = self.read()
        if not self.path.startswith("/early"):
            self.answer(200, hashlib.sha256(body).hexdigest().encode() + b"\n")

    do_POST = do_PUT

    def do_GET(self):
        self.answer(200, b"here\n")

    def read(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while length := int(self.rfile.readline(), 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return body


http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Store).serve_forever()
