"""Sends log lines over TCP in pieces that end in the middle of podstamp's header names, ends its side and prints the
answer. Arguments: host, port, and the log as a Python literal."""
import ast
import socket
import sys

log = ast.literal_eval(sys.argv[3])
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start in range(0, len(log), 13):
        connection.sendall(log[start : start + 13])
    connection.shutdown(socket.SHUT_WR)
    print(connection.makefile("rb").read())
