"""Runs receivers of docs/receivers.csv, and compares what they take for the client's address with that table.

    run.py FOLDER PODSTAMP [RECEIVER…]

FOLDER has what scripts/e2e-receivers.sh fetched, PODSTAMP is the program. Runs inside a network namespace of its own (scripts/in-own-node.sh), in which a Node and a
proxy one hop further have addresses. Each receiver is shown what podstamp sends with mode set, what it sends with mode append behind a forged
value, and every name of the recommended removeAlso with a forged value beside it. `podstamp gateway-check` has to say the same. Prints a line for each receiver; the exit status is 1 when a
cell differs, or a receiver does not run.
"""
import csv
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

NODE, HOP, POD, FORGED = "10.214.0.7", "10.214.2.9", "10.244.1.6", "9.9.9.9"
NODES, HOPS = "10.214.0.0/24", "10.214.2.0/24"
COMPANIONS = ["Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"]
HERE = pathlib.Path(__file__).resolve().parent
PORT = 18080


def python(name):
    return lambda setting, _: [FOLDER / "venv/bin/python", HERE / "receiver.py", name, setting, PORT]


def node(name):
    return lambda setting, _: ["node", FOLDER / "npm/receiver.js", name, setting, PORT]


def go(name):
    return lambda setting, _: [FOLDER / "receiver-go", name, setting, PORT]


def caddy(setting, home):
    trusted = "" if setting == "plain" else "trusted_proxies_strict"
    blocks = NODES if setting == "plain" else setting
    (home / "Caddyfile").write_text(
        "{\n admin off\n auto_https off\n servers {\n trusted_proxies static %s\n %s\n }\n}\n:%d {\n respond {client_ip}\n}\n"
        % (blocks, trusted, PORT))
    return [FOLDER / "caddy", "run", "--config", home / "Caddyfile", "--adapter", "caddyfile"]


def nginx(setting, home):
    temp = "".join(f"{kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (home / "nginx.conf").write_text(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents { }\nhttp {\naccess_log off;\n%s"
        "real_ip_header X-Forwarded-For;\n%s\nserver { listen %d; return 200 $remote_addr; }\n}\n" % (temp, setting, PORT))
    return ["nginx", "-p", f"{home}/", "-c", "nginx.conf", "-e", "stderr"]


def haproxy(setting, home):
    (home / "haproxy.cfg").write_text(
        f"defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nfrontend f\n bind :{PORT}\n"
        f" acl node src {NODES}\n http-request {setting}\n http-request return status 200 content-type text/plain lf-string %[src]\n")
    return ["haproxy", "-f", home / "haproxy.cfg"]


def lighttpd(setting, home):
    blocks = ", ".join(f'"{block}" => "trust"' for block in setting.split("+"))
    (home / "answer.cgi").write_text("printf 'Content-Type: text/plain\\r\\n\\r\\n%s' \"$REMOTE_ADDR\"\n")
    (home / "lighttpd.conf").write_text(
        f'server.document-root = "{home}"\nserver.port = {PORT}\nserver.modules = ("mod_extforward", "mod_cgi")\n'
        f'extforward.forwarder = ({blocks})\nextforward.headers = ("X-Forwarded-For")\ncgi.assign = (".cgi" => "/bin/sh")\n'
        'index-file.names = ("answer.cgi")\n')
    return ["lighttpd", "-D", "-f", home / "lighttpd.conf"]


def apache(setting, home):
    modules = "/usr/lib/apache2/modules"
    (home / "answer.sh").write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s' \"$REMOTE_ADDR\"\n")
    (home / "answer.sh").chmod(0o755)
    load = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in
                   ("mpm_event", "authz_core", "remoteip", "cgid", "alias"))
    (home / "apache.conf").write_text(
        f"{load}ServerName a\nServerRoot {home}\nPidFile {home}/pid\nScriptSock {home}/cgid\nErrorLog {home}/error.log\n"
        f"Listen {PORT}\nScriptAlias / {home}/answer.sh\nRemoteIPHeader X-Forwarded-For\n{setting}\n")
    home.chmod(0o755)
    return ["apache2", "-X", "-f", home / "apache.conf"]


# How each row of the table is run: its program, and the settings of its columns setting, right and one_more_hop; None: not run.
RUN = {
    ("nginx real_ip", 0): (nginx, f"set_real_ip_from {NODES};", f"set_real_ip_from {NODES};",
                           f"set_real_ip_from {NODES}; set_real_ip_from {HOPS}; real_ip_recursive on;"),
    ("nginx real_ip", 1): (nginx, "set_real_ip_from 10.0.0.0/8; real_ip_recursive on;",
                           f"set_real_ip_from {NODES}; real_ip_recursive on;",
                           f"set_real_ip_from {NODES}; set_real_ip_from {HOPS}; real_ip_recursive on;"),
    ("HAProxy", 0): (haproxy, "set-src hdr_ip(x-forwarded-for)", "set-src req.hdr_ip(X-Forwarded-For,-1) if node",
                     "set-src req.hdr_ip(X-Forwarded-For,-2)"),
    ("lighttpd mod_extforward", 0): (lighttpd, NODES, NODES, f"{NODES}+{HOPS}"),
    ("Apache mod_remoteip", 0): (apache, "", f"RemoteIPInternalProxy {NODES}", f"RemoteIPInternalProxy {NODES} {HOPS}"),
    ("Apache mod_remoteip", 1): (apache, f"RemoteIPTrustedProxy {NODES}", f"RemoteIPInternalProxy {NODES}",
                                 f"RemoteIPInternalProxy {NODES} {HOPS}"),
    ("Caddy", 0): (caddy, "plain", NODES, f"{NODES} {HOPS}"),
    ("Werkzeug ProxyFix (Flask)", 0): (python("werkzeug"), "plain", "1", "2"),
    ("uvicorn", 0): (python("uvicorn"), "plain", NODES, f"{NODES}+{HOPS}"),
    ("hypercorn", 0): (python("hypercorn"), "plain", "1", "2"),
    ("waitress", 0): (python("waitress"), "plain", NODE, f"{HOP}*2"),
    ("tornado", 0): (python("tornado"), "plain", NODE, NODE),
    ("django-ipware", 0): (python("ipware"), "plain", None, None),
    ("sanic", 0): (python("sanic"), "plain", "1", "2"),
    ("granian", 0): (python("granian"), "plain", NODES, f"{NODE}+{HOP}"),
    ("CherryPy", 0): (python("cherrypy"), "plain", None, None),
    ("Bottle", 0): (python("bottle"), "plain", None, None),
    ("Falcon", 0): (python("falcon"), "plain", None, None),
    ("Quart", 0): (python("quart"), "plain", None, None),
    ("Express 5", 0): (node("express"), "plain", NODES, f"{NODES}+{HOPS}"),
    ("Express 5", 1): (node("express"), "1", "1", "2"),
    ("Express 5", 2): (node("express"), "loopback", NODES, f"{NODES}+{HOPS}"),
    ("Express 5", 3): (node("express"), "uniquelocal", NODES, f"{NODES}+{HOPS}"),
    ("Koa", 0): (node("koa"), "plain", "1", "2"),
    ("Fastify", 0): (node("fastify"), "plain", NODES, f"{NODES}+{HOPS}"),
    ("Fastify", 1): (node("fastify"), "1", NODES, f"{NODES}+{HOPS}"),
    ("hapi", 0): (node("hapi"), "plain", None, None),
    ("request-ip", 0): (node("request-ip"), "plain", None, None),
    ("gin", 0): (go("gin"), "plain", NODES, f"{NODES}+{HOPS}"),
    ("gin", 1): (go("gin"), "10.0.0.0/8+172.16.0.0/12+192.168.0.0/16", NODES, f"{NODES}+{HOPS}"),
    ("echo v4", 1): (go("echo"), "plain", NODES, f"{NODES}+{HOPS}"),
    ("chi", 0): (go("chi"), "plain", None, None),
    ("gorilla/handlers", 0): (go("gorilla"), "plain", None, None),
    ("fiber v2", 1): (go("fiber"), "plain", None, None),
}


class Receiver:
    """One program, from its first answer to its end."""

    def __init__(self, program, setting):
        self.home = tempfile.TemporaryDirectory()
        home = pathlib.Path(self.home.name)
        self.log = open(home / "log", "w+", encoding="utf-8")
        command = [str(word) for word in program(setting, home)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=home)

    def __enter__(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask({})
                return self
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.log.seek(0)
                    said = self.log.read()[-2000:]
                    self.__exit__()
                    raise RuntimeError(f"does not answer: {error}\n{said}") from error
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.home.cleanup()

    def ask(self, headers, source=NODE):
        """What it takes for the client's address: pod, forged, node, hop, refused, or its own text."""
        connection = http.client.HTTPConnection("10.214.0.1", PORT, timeout=10, source_address=(source, 0))
        try:
            connection.request("GET", "/", headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace").strip()
        finally:
            connection.close()
        if answer.status >= 400:
            return "refused"
        return {POD: "pod", FORGED: "forged", NODE: "node", HOP: "hop"}.get(text, "text " + text)


def preferred(receiver):
    """The companion names that beat X-Forwarded-For."""
    names = []
    for name in COMPANIONS:
        value = "for=" + FORGED if name == "Forwarded" else FORGED
        if receiver.ask({"X-Forwarded-For": POD, name: value}) == "forged":
            names.append(name)
    return " ".join(names)


def checked():
    """What `podstamp gateway-check` says: the level of its first finding, and the names that it would have removed."""
    command = [PODSTAMP, "gateway-check", f"http://10.214.0.1:{PORT}/", "--pod-ip", POD, "--output", "json"]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    findings = json.loads(said.stdout)
    fix = findings[-1]["fix"] or ""
    names = fix.partition("removeAlso: [")[2].partition("]")[0].split(", ") if len(findings) > 1 else []
    return findings[0]["level"], sorted(names)


def differences(row, program, plain, right, hop):
    """Runs one row; what differs from the table, in words."""
    found = []

    def compare(column, seen, expected):
        if seen != expected:
            found.append(f"{column}: {seen} (expected: {expected})")

    forged = {"X-Forwarded-For": f"{FORGED}, {POD}"}
    with Receiver(program, plain) as receiver:
        compare("set", receiver.ask({"X-Forwarded-For": POD}), row["set"])
        compare("append", receiver.ask(forged), row["append"])
        compare("preferred", preferred(receiver), row["preferred"])
        level = "fail" if row["set"] != "pod" else "ok" if row["append"] == "pod" else "warn"
        names = sorted(row["preferred"].split()) if row["set"] == "pod" else []
        compare("gateway-check", checked(), (level, names))
    if right is not None:
        with Receiver(program, right) as receiver:
            compare("right, set", receiver.ask({"X-Forwarded-For": POD}), "pod")
            compare("right, append", receiver.ask(forged), "pod")
    if hop is not None:
        with Receiver(program, hop) as receiver:
            seen = receiver.ask({"X-Forwarded-For": f"{FORGED}, {POD}, {NODE}"}, source=HOP)
            compare("one_more_hop", seen, "pod")
    if bool(row["right"]) != (right is not None) or bool(row["one_more_hop"]) != (hop is not None):
        found.append("settings: the table and run.py have different ones")
    return found


def main(wanted):
    for address in ("10.214.0.1", NODE, HOP):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    count, run, bad = {}, set(), 0
    with open(HERE / "../../docs/receivers.csv", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        name = row["receiver"]
        key = (name, count.get(name, 0))
        count[name] = key[1] + 1
        if wanted and name not in wanted:
            continue
        if (row["run_by"] == "e2e-receivers.sh") != (key in RUN):
            bad += 1
            print(f"{name}: run_by {row['run_by']!r} (expected: e2e-receivers.sh exactly where run.py has the row)")
        if key not in RUN:
            continue
        run.add(key)
        try:
            found = differences(row, *RUN[key])
        except RuntimeError as error:
            found = [str(error)]
        bad += bool(found)
        print(f"{name} {row['version']}, {row['setting']}: {'; '.join(found) or 'as the table has it'}", flush=True)
    if not wanted and run != set(RUN):
        bad += 1
        print(f"not in the table: {set(RUN) - run}")
    print(f"{len(run)} rows run, {bad} differ")
    return 1 if bad or not run else 0


if __name__ == "__main__":
    FOLDER = pathlib.Path(os.path.abspath(sys.argv[1]))
    PODSTAMP = os.path.abspath(sys.argv[2])
    sys.exit(main(sys.argv[3:]))
