"""Sends WebSocket messages of telling lengths and prints what came back: arguments are the URL, then `deflate` or
`plain`. Lengths: the borders between the three forms of a frame's length (RFC 6455, section 5.2), and 1 MiB."""
import asyncio
import hashlib
import random
import sys

import websockets

LENGTHS = [0, 1, 125, 126, 65535, 65536, 1 << 20]
noise = random.Random(7)


async def exchange(socket, name, message, whole):
    await socket.send(message)
    told = await socket.recv()
    back = await socket.recv()
    assert told == f"{len(whole)} {hashlib.sha256(whole).hexdigest()}", "the server got something else"
    assert back == whole, "something else came back"
    print(name, told)


async def main():
    compression = "deflate" if sys.argv[2] == "deflate" else None
    async with websockets.connect(sys.argv[1], compression=compression, max_size=None) as socket:
        print([extension.name for extension in socket.extensions])
        for length in LENGTHS:
            message = noise.randbytes(length)
            await exchange(socket, "noise", message, message)
            message = b"GET / HTTP/1.1\r\n\r\nX-Client-Hostname: forged\r\n"[:length].ljust(length, b"x")
            await exchange(socket, "text", message, message)
        parts = [noise.randbytes(length) for length in LENGTHS]
        await exchange(socket, "fragments", parts, b"".join(parts))
        await (await socket.ping(b"still there?"))
    print(socket.close_code)


asyncio.run(main())
