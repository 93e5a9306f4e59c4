# python3 - HOST PORT PID: kills the agent, that PID, while a connection through it is open on which it has not read everything, so
# that the kernel resets it; then dials again from the same port, and says how both ended. The first answer is read whole: connection
# tracking ignores a reset that overtakes acknowledgements.
import http.client
import os
import signal
import socket
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: host\r\n\r\n"
host, port, agent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def dial():
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.settimeout(20)
    connection.bind(("", 45000))
    connection.connect((host, port))
    return connection


def end_of(connection):
    try:
        connection.sendall(REQUEST)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        return f"HTTP/1.1 {answer.status}"
    except (OSError, http.client.HTTPException) as error:
        return str(error)


def stop(process):
    """Returns when none of its threads runs any more: one that does might still read what is sent."""
    os.kill(process, signal.SIGSTOP)
    tasks = f"/proc/{process}/task"
    while any(state_of(f"{tasks}/{task}/stat") != "T" for task in os.listdir(tasks)):
        time.sleep(0.001)


def state_of(stat):
    try:
        with open(stat) as file:
            return file.read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "T"  # it has ended meanwhile


first = dial()
print(end_of(first))
stop(agent)
first.sendall(REQUEST)
os.kill(agent, signal.SIGKILL)
while True:
    try:
        if not first.recv(4096):
            print("ended")
            break
    except ConnectionResetError:
        print("reset")
        break
first.close()
try:
    print(end_of(dial()))
except OSError as error:
    print(os.strerror(error.errno))
