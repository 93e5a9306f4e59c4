"""As much of Docker's daemon as `docker exec` asks for; what runs is `cat`. In the container `switched` the stream begins behind
a 101, in any other one behind a 200, as daemons answer that are asked without an upgrade. Argument: the port."""
import http.server
import json
import struct
import sys


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    execs = {}

    def log_message(self, *args):
        pass

    def answer(self, what, status=200):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.answer("OK")

    def do_GET(self):
        path = self.path.split("/")
        if path[-1] == "json" and "exec" in path:
            self.answer({"ID": path[-2], "Running": False, "ExitCode": 0})
        else:
            self.answer({"Id": path[-2], "Name": path[-2], "State": {"Status": "running", "Running": True}})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        path = self.path.split("/")
        if path[-1] == "start":
            self.stream(path[-2])
        else:
            self.execs[path[-2]] = asked
            self.answer({"Id": path[-2]}, 201)

    def stream(self, container):
        if container == "switched":
            self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        else:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n")
        heard = self.rfile.read() if self.execs[container].get("AttachStdin") else b"nothing to say\n"
        self.wfile.write(struct.pack(">BxxxI", 1, len(heard)) + heard)
        self.close_connection = True


http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Daemon).serve_forever()
