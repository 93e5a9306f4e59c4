"""A log collector: prints the bytes of each connection, a Python literal on a line, and acknowledges with their number
when the client has ended its side. Argument: the port."""
import asyncio
import sys


async def collect(reader, writer):
    data = await reader.read()
    print(data, flush=True)
    writer.write(b"%d bytes\n" % len(data))
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(collect, "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
