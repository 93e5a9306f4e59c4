"""An SMTP server by aiosmtpd that prints each mail as the bytes it got, a Python literal on a line. Argument: the
port."""
import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Printer:
    async def handle_DATA(self, server, session, envelope):
        print(envelope.mail_from, envelope.rcpt_tos, envelope.original_content, flush=True)
        return "250 2.0.0 taken"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printer(), hostname="mail.example"), "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
