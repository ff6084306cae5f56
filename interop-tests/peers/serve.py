"""HTTP/1.1 through h11, as a server: python3 serve.py folder [cert=chain.pem key=key.pem]

The folder is where h11 is. It says its port in a line, and serves until it is killed, a thread for each connection. What
it serves is in interop-tests/tests/http_client/main.rs.
"""

import socket
import ssl
import sys
import threading

sys.path.insert(0, sys.argv[1])

import h11  # noqa: E402

ASK = dict(pair.split("=", 1) for pair in sys.argv[2:])


def content(length):
    """Lines of 16 bytes, each with its offset: a block that was lost or swapped shows."""
    lines = (b"%015d\n" % at for at in range(0, length, 16))
    return b"".join(lines)[:length]


class Connection:
    def __init__(self, sock, port):
        self.sock, self.conn = sock, h11.Connection(h11.SERVER)
        self.port = str(port)

    def event(self):
        while True:
            if self.conn.they_are_waiting_for_100_continue and self.may_continue:
                self.send(h11.InformationalResponse(status_code=100, headers=[]))
            event = self.conn.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.conn.receive_data(self.sock.recv(65536))

    def send(self, event):
        data = self.conn.send(event)
        if data:
            self.sock.sendall(data)

    def respond(self, pieces, fields=(), status=200, trailers=()):
        fields = [("x-port", self.port), *fields]
        self.send(h11.Response(status_code=status, headers=fields))
        for piece in pieces if self.method != b"HEAD" else []:
            self.send(h11.Data(data=piece))
        self.send(h11.EndOfMessage(headers=list(trailers)))

    def received(self):
        pieces = []
        while True:
            event = self.event()
            if type(event) is h11.EndOfMessage:
                return b"".join(pieces)
            pieces.append(bytes(event.data))

    def serve(self):
        while True:
            self.may_continue = False
            request = self.event()
            if type(request) is not h11.Request:
                return
            self.method = request.method
            _, name, *rest = request.target.decode().split("/")
            length = int(rest[0]) if rest else 0
            self.answer(name, length, dict(request.headers))
            if self.conn.our_state is not h11.DONE or self.conn.their_state is not h11.DONE:
                return
            self.conn.start_next_cycle()

    def answer(self, name, length, fields):
        if name == "refuse":
            return self.respond([b"no"], [("content-length", "2"), ("connection", "close")], 413)
        self.may_continue = True
        sent = self.received()
        if name == "length":
            made = content(length)
            self.respond([made], [("content-length", str(length))])
        elif name == "chunked":
            made = content(length)
            middle = length // 2
            fields = [("transfer-encoding", "chunked")]
            self.respond([made[:middle], made[middle:]], fields, trailers=[("x-sum", "42")])
        elif name == "close":
            # As HTTP/1.0 does it, which h11 does not write.
            head = f"HTTP/1.0 200 OK\r\nx-port: {self.port}\r\n\r\n".encode()
            self.sock.sendall(head + content(length))
            self.conn.send_failed()
        elif name == "echo":
            framing = fields.get(b"transfer-encoding", b"length " + fields.get(b"content-length", b""))
            self.respond([sent], [("x-framing", framing), ("transfer-encoding", "chunked")])
        elif name == "hints":
            link = [("link", "</a>; rel=preload")]
            self.send(h11.InformationalResponse(status_code=103, headers=link))
            self.respond([b"hinted"], [("content-length", "6")])
        else:
            self.respond([], [("content-length", "0")], 404)


def serve(sock, address, context):
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        with sock:
            Connection(sock, address[1]).serve()
            if context:
                sock.unwrap()
            else:
                # What is unread would make a reset of the end.
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
    except (OSError, h11.RemoteProtocolError):
        # The client went away, as it may.
        pass


def main():
    context = None
    if "cert" in ASK:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ASK["cert"], ASK["key"])
    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], flush=True)
    while True:
        sock, address = listener.accept()
        threading.Thread(target=serve, args=(sock, address, context), daemon=True).start()


main()
