"""Python's urllib: what came back, a line each."""
import hashlib
import sys
import urllib.request

server = sys.argv[1]
mebibyte = b"podstamp" * (1 << 17)


def tell(what, request):
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    print(what, answer.status, len(body), hashlib.sha256(body).hexdigest())


tell("get", server + "/download/1/urllib")
tell("get with fields", urllib.request.Request(server + "/download/0/urllib", headers={"x-LOWER": "1", "B": "2"}))
tell("post", urllib.request.Request(server + "/upload/urllib", data=mebibyte))
tell("chunked", urllib.request.Request(server + "/upload/urllib", data=iter([mebibyte, mebibyte]), method="PUT"))
