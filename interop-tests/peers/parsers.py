"""Two parsers of HTTP/1.1 that no one here wrote, h11 and httptools, read responses: python3 parsers.py file folder ...

The file holds a JSON list; each case has `methods`, those of the requests, and `bytes`, the responses to them in
hexadecimal. The folders are where the parsers are. One JSON object a line for each case: what each parser made of it.
"""

import json
import sys

sys.path[:0] = sys.argv[2:]

import h11  # noqa: E402
import httptools  # noqa: E402


def pairs(fields):
    return [[name.decode("latin-1").lower(), value.decode("latin-1")] for name, value in fields]


def blank():
    return {"interim": [], "fields": [], "content": "", "trailers": [], "ending": "incomplete"}


def by_h11(methods, data, step):
    """h11 knows the method, and so that a response to HEAD has no content."""
    conn = h11.Connection(h11.CLIENT)
    seen, left = [], [data[at : at + step] for at in range(0, len(data), step)] + [b""]
    for method in methods:
        conn.send(h11.Request(method=method, target="/", headers=[("Host", "a"), ("Content-Length", "0")]))
        conn.send(h11.EndOfMessage())
        reply = blank()
        seen.append(reply)
        while True:
            try:
                event = conn.next_event()
            except h11.RemoteProtocolError as error:
                if "without sending complete message body" in str(error):
                    return seen
                raise
            if event is h11.NEED_DATA:
                conn.receive_data(left.pop(0))
            elif isinstance(event, h11.InformationalResponse):
                reply["interim"].append(event.status_code)
            elif isinstance(event, h11.Response):
                reply["status"] = event.status_code
                reply["reason"] = bytes(event.reason).decode("latin-1")
                reply["version"] = event.http_version.decode()
                reply["fields"] = pairs(event.headers)
            elif isinstance(event, h11.Data):
                reply["content"] += event.data.hex()
            elif isinstance(event, h11.EndOfMessage):
                reply["trailers"] = pairs(event.headers)
                reply["ending"] = "kept" if conn.their_state is h11.DONE else "closed"
                break
        if reply["ending"] == "closed":
            break
        conn.start_next_cycle()
    rest = conn.trailing_data[0] + b"".join(left)
    if rest:
        raise ValueError(f"behind the last response: {rest!r}")
    return seen


class HttpTools:
    """httptools does not know the method. What has no length and is not chunked goes on for ever, as it sees it."""

    def __init__(self):
        self.seen = []
        self.parser = httptools.HttpResponseParser(self)
        self.interim = []
        self.reply = None
        self.in_content = False

    def on_message_begin(self):
        self.reply, self.in_content = blank(), False
        self.reply["reason"] = ""

    def on_status(self, reason):
        self.reply["reason"] += reason.decode("latin-1")  # it comes in pieces

    def on_header(self, name, value):
        self.reply["trailers" if self.in_content else "fields"] += pairs([(name, value)])

    def on_headers_complete(self):
        self.in_content = True
        self.reply["status"] = self.parser.get_status_code()
        self.reply["version"] = self.parser.get_http_version()
        if self.reply["status"] >= 200:
            self.reply["interim"], self.interim = self.interim, []
            self.seen.append(self.reply)

    def on_body(self, piece):
        self.reply["content"] += piece.hex()

    def on_message_complete(self):
        if self.reply["status"] < 200:
            self.interim.append(self.reply["status"])
        else:
            self.reply["ending"] = "kept" if self.parser.should_keep_alive() else "closed"


def by_httptools(data, step):
    reader = HttpTools()
    for at in range(0, len(data), step):
        reader.parser.feed_data(data[at : at + step])
    return reader.seen


def attempt(parse, *arguments):
    try:
        return parse(*arguments)
    except (h11.ProtocolError, httptools.HttpParserError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        data = bytes.fromhex(case["bytes"])
        results = {"h11": [], "httptools": []}
        # Whole and in pieces; byte by byte takes too long for much.
        for step in (max(len(data), 1), 7 if len(data) < 4096 else 1000, 1 if len(data) < 4096 else 4099):
            results["h11"].append(attempt(by_h11, case["methods"], data, step))
            results["httptools"].append(attempt(by_httptools, data, step))
        print(json.dumps(results), flush=True)


main()
