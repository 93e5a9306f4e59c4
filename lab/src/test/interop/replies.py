"""A server that answers what it is told to: arguments are the port, what it says first (may be empty), and pairs of a text and
the answer to it, with Python's escapes. A text that is not among them is not answered; an answer that ends in `\\!` ends the
connection."""
import socketserver
import sys


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


GREETING = unescape(sys.argv[2])
ANSWERS = [(unescape(asked), unescape(said)) for asked, said in zip(sys.argv[3::2], sys.argv[4::2])]


class Talk(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(GREETING)
        heard = b""
        while some := self.request.recv(65536):
            heard += some
            for asked, said in ANSWERS:
                if asked in heard:
                    heard = heard.split(asked, 1)[1]
                    self.request.sendall(said.removesuffix(b"\\!"))
                    if said.endswith(b"\\!"):
                        return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("0.0.0.0", int(sys.argv[1])), Talk).serve_forever()
