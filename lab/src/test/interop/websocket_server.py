"""Answers each WebSocket message with its length and SHA-256, then with the message itself. Prints each
field of each upgrade request, behind the path that was asked for. Argument: the port."""
import asyncio
import hashlib
import sys

import websockets


async def serve(socket):
    for name, value in socket.request_headers.raw_items():
        print(f"{socket.path} {name}: {value}", flush=True)
    async for message in socket:
        await socket.send(f"{len(message)} {hashlib.sha256(message).hexdigest()}")
        await socket.send(message)


async def main():
    async with websockets.serve(serve, "0.0.0.0", int(sys.argv[1]), max_size=None):
        await asyncio.Future()


asyncio.run(main())
