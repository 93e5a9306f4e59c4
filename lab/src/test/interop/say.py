"""Says something to a server and prints what it answers: arguments are host, port, and pairs of a text and what the answer to it
ends with, with Python's escapes. An empty end waits for nothing."""
import socket
import sys


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


server = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
for text, end in zip(sys.argv[3::2], sys.argv[4::2]):
    answer = b""
    try:
        server.sendall(unescape(text))
        while end and not answer.endswith(unescape(end)):
            some = server.recv(65536)
            if not some:
                sys.exit(f"{answer} and the end")
            answer += some
    except OSError as e:
        sys.exit(f"{answer} and {e.strerror or e}")
    print(answer)
server.shutdown(socket.SHUT_WR)
try:
    while some := server.recv(65536):
        print(some)
except OSError as e:
    sys.exit(f"{e.strerror or e}")
