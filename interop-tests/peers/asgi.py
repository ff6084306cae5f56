"""HTTP/1.1 through uvicorn, as a server: python3 asgi.py folder http=h11 [keep_alive=seconds] [cert=chain.pem key=key.pem]

In the folder are uvicorn and what it imports, each in a folder of its own; `http` is the parser. It says its port in a
line, and serves until it is killed. What it serves is in interop-tests/tests/http_client/main.rs, but for what ASGI has no
words for: trailers, 103 (Early Hints), and content that ends with the connection. In place of the last it is chunked.
"""

import os
import socket
import sys

FOLDER = sys.argv[1]
ASK = dict(pair.split("=", 1) for pair in sys.argv[2:])

for name in ("uvicorn", "click", "typing_extensions", "h11", "httptools"):
    sys.path.insert(0, os.path.join(FOLDER, name))

import uvicorn  # noqa: E402


def content(length):
    """Lines of 16 bytes, each with its offset: a block that was lost or swapped shows."""
    lines = (b"%015d\n" % at for at in range(0, length, 16))
    return b"".join(lines)[:length]


async def received(receive):
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        yield event.get("body", b"")
        if not event.get("more_body"):
            return


async def app(scope, receive, send):
    _, name, *rest = scope["path"].split("/")
    length = int(rest[0]) if rest else 0
    fields = dict(scope["headers"])

    async def begin(*more, status=200):
        port = (b"x-port", b"%d" % scope["client"][1])
        await send({"type": "http.response.start", "status": status, "headers": [port, *more]})

    async def say(piece, more=False):
        await send({"type": "http.response.body", "body": piece, "more_body": more})

    if name == "length":
        await begin((b"content-length", b"%d" % length))
        await say(content(length))
    elif name in ("chunked", "close"):
        made = content(length)
        await begin(*[(b"connection", b"close")] * (name == "close"))
        await say(made[: length // 2], more=True)
        await say(made[length // 2 :])
    elif name == "echo":
        framing = fields.get(b"transfer-encoding", b"length " + fields.get(b"content-length", b""))
        begun = False
        async for piece in received(receive):
            # Only now: the client may wait for a 100 (Continue).
            if not begun:
                await begin((b"x-framing", framing))
                begun = True
            await say(piece, more=True)
        await say(b"")
    elif name == "refuse":
        await begin((b"content-length", b"2"), (b"connection", b"close"), status=413)
        await say(b"no")
    else:
        await begin((b"content-length", b"0"), status=404)
        await say(b"")


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=ASK["http"],
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        timeout_keep_alive=int(ASK.get("keep_alive", "5")),
        ssl_certfile=ASK.get("cert"),
        ssl_keyfile=ASK.get("key"),
    )
    config.load()
    print("port", listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])


main()
