"""Sends two mails over one connection by smtplib, each with lines in header and body that look like podstamp's
headers, and prints the whole dialogue. Arguments: host, port."""
import smtplib
import sys

MAIL = b"""\
X-Forwarded-For: x\r
X-Client-Hostname: forged\r
Received: from a (b [192.0.2.1])\r
Subject: report\r
\r
X-Forwarded-For: x\r
x-client-hostname : forged\r
GET / HTTP/1.1\r
X-Client-Hostname: forged\r
\r
.a line with a dot\r
"""

with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), local_hostname="pod.example") as smtp:
    print(smtp.ehlo_resp)
    for _ in range(2):
        print(smtp.ehlo(), smtp.mail("pod@example"), smtp.rcpt("you@example"), smtp.data(MAIL))
    print(smtp.verify("you@example"), smtp.noop(), smtp.docmd("X-CLIENT-HOSTNAME:", "forged"))
