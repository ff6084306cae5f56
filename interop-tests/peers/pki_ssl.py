"""Certificates through Python's ssl in strict mode: pki_ssl.py LIST KEY CHAIN, answered as in pki.go.

Each is held against its CA in a handshake in memory. KEY and CHAIN are of the server that clients come to.
"""

import ssl
import sys
import tempfile


def context(side, root, crls, chain, key):
    made = ssl.SSLContext(side)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if root:
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags |= ssl.VERIFY_X509_STRICT
        made.load_verify_locations(root)
        if crls != "-":
            made.load_verify_locations(crls)
            made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if key:
        made.load_cert_chain(chain, key)
    return made


def shake(client, server, name):
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    waiting = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass


def answer(purpose, root, between, file, name, crls, key):
    if purpose not in ("server", "client"):
        return "unable"
    with tempfile.NamedTemporaryFile() as chain:
        for part in (file, between):
            with open(part, "rb") as content:
                chain.write(content.read())
        chain.flush()
        if purpose == "server":
            client = context(ssl.PROTOCOL_TLS_CLIENT, root, crls, None, None)
            client.check_hostname = True
            server = context(ssl.PROTOCOL_TLS_SERVER, None, "-", chain.name, key)
        else:
            client = context(ssl.PROTOCOL_TLS_CLIENT, None, "-", chain.name, key)
            server = context(ssl.PROTOCOL_TLS_SERVER, root, crls, sys.argv[3], sys.argv[2])
        shake(client, server, name if purpose == "server" else None)
    return "ok"


with open(sys.argv[1]) as lines:
    for line in lines:
        try:
            print(answer(*line.rstrip("\n").split("\t")))
        except Exception as error:
            print("no", " ".join(str(error).split()))
