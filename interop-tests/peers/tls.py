"""TLS through Python's standard library, as a client or as a server: python3 tls.py client|server name=value ...

One JSON object a line, one for each connection; a server first says its port. The names are those of `Ask` in
interop-tests/src/tls/ask.rs.
"""

import json
import socket
import ssl
import sys

ROLE = sys.argv[1]
ASK = dict(pair.split("=", 1) for pair in sys.argv[2:])
BYTES, PIECE = int(ASK["bytes"]), int(ASK["piece"])
names = []  # the server name of each ClientHello


def context():
    side = ssl.PROTOCOL_TLS_CLIENT if ROLE == "client" else ssl.PROTOCOL_TLS_SERVER
    made = ssl.SSLContext(side)
    version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[ASK["version"]]
    made.minimum_version = made.maximum_version = version
    if "ca" in ASK:
        made.load_verify_locations(ASK["ca"])
    if "cert" in ASK:
        made.load_cert_chain(ASK["cert"], ASK["key"])
    if "alpn" in ASK:
        made.set_alpn_protocols(ASK["alpn"].split(","))
    if ROLE == "server":
        made.sni_callback = lambda _sock, name, _context: names.append(name)
        made.verify_mode = {
            "off": ssl.CERT_NONE,
            "optional": ssl.CERT_OPTIONAL,
            "required": ssl.CERT_REQUIRED,
        }[ASK["client_auth"]]
        if ASK["resumption"] == "stateful":
            made.options |= ssl.OP_NO_TICKET
    return made


def content(length):
    """Lines of 16 bytes, each with its offset: a block that was lost or swapped shows."""
    return b"".join(b"%015d\n" % at for at in range(0, length, 16))[:length]


def receive(conn):
    got = bytearray()
    while len(got) < BYTES:
        piece = conn.recv(65536)
        if not piece:
            raise EOFError(f"{len(got)} of {BYTES} bytes came")
        got += piece
    if got != content(BYTES):
        raise ValueError("other bytes came than were sent")


def send(conn):
    whole = content(BYTES)
    for at in range(0, BYTES, PIECE):
        conn.sendall(whole[at : at + PIECE])


def talk(conn, seen):
    seen["version"] = conn.version()
    seen["cipher"] = conn.cipher()[0]
    seen["alpn"] = conn.selected_alpn_protocol()
    seen["resumed"] = conn.session_reused
    peer = conn.getpeercert() or {}
    seen["peer"] = ",".join(value for rdn in peer.get("subject", ()) for _, value in rdn) or None
    for step in (send, receive) if ROLE == "client" else (receive, send):
        step(conn)
    seen["content"] = True
    if ASK["closes"] == "second" and conn.recv(1):
        raise ValueError("more bytes came than were sent")
    session = conn.session if ROLE == "client" else None
    conn.unwrap()  # sends close_notify, and takes nothing else for the other one
    seen["clean"] = True
    return session


def connection(raw, made, session):
    seen = {}
    try:
        raw.settimeout(50)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Without `suppress_ragged_eofs` an end without close_notify is an error.
        extra = {"server_hostname": ASK["name"], "session": session} if ROLE == "client" else {"server_side": True}
        conn = made.wrap_socket(raw, suppress_ragged_eofs=False, **extra)
        session = talk(conn, seen)
        conn.close()
    except (OSError, EOFError, ValueError) as error:
        seen["error"] = f"{type(error).__name__}: {error}"
    if names:
        seen["name"] = names.pop()
    print(json.dumps(seen), flush=True)
    return session


def main():
    made, session = context(), None
    if ROLE == "server":
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(50)
        print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    for _ in range(int(ASK["connections"])):
        if ROLE == "server":
            connection(listener.accept()[0], made, None)
        else:
            raw = socket.create_connection(("127.0.0.1", int(ASK["port"])), timeout=50)
            session = connection(raw, made, session)


main()
