"""A server of ACME (RFC 8555) that checks nothing: acme.py FOLDER COMMAND...

It says `port N`. Every authorization is valid from the start, so a client comes to its request at once. That is written to
request.der in FOLDER, COMMAND is run there, and what COMMAND wrote to chain.pem is the answer.
"""

import base64
import itertools
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

folder, command = Path(sys.argv[1]), sys.argv[2:]
numbers = itertools.count(1)
orders = {}


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, location=None, content_type="application/json"):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Replay-Nonce", "nonce%d" % next(numbers))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def url(self, path):
        return "http://127.0.0.1:%d%s" % (self.server.server_port, path)

    def do_HEAD(self):
        self.answer(200, b"")

    def do_GET(self):
        names = {"newNonce": "/nonce", "newAccount": "/account", "newOrder": "/order"}
        names |= {"revokeCert": "/revoke", "keyChange": "/key-change"}
        self.answer(200, {name: self.url(path) for name, path in names.items()} | {"meta": {}})

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        message = json.loads(self.rfile.read(length))
        payload = json.loads(decoded(message["payload"]) or b"{}")
        what, _, number = self.path[1:].partition("/")
        if what == "account":
            self.answer(201, {"status": "valid"}, self.url("/account/1"))
        elif what == "order" and not number:
            number = str(next(numbers))
            orders[number] = {"status": "ready", "identifiers": payload["identifiers"]}
            self.answer(201, self.order(number), self.url("/order/" + number))
        elif what == "order":
            self.answer(200, self.order(number))
        elif what == "authorization":
            identifier = orders[number]["identifiers"][0]
            self.answer(200, {"status": "valid", "identifier": identifier, "challenges": []})
        elif what == "finalize":
            (folder / "request.der").write_bytes(decoded(payload["csr"]))
            subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
            orders[number]["status"] = "valid"
            self.answer(200, self.order(number), self.url("/order/" + number))
        elif what == "certificate":
            chain = (folder / "chain.pem").read_bytes()
            self.answer(200, chain, content_type="application/pem-certificate-chain")
        else:
            self.answer(404, {"type": "urn:ietf:params:acme:error:malformed"})

    def order(self, number):
        order = dict(orders[number])
        order["authorizations"] = [self.url("/authorization/" + number)]
        order["finalize"] = self.url("/finalize/" + number)
        if order["status"] == "valid":
            order["certificate"] = self.url("/certificate/" + number)
        return order


server = HTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
