"""A small HTTP/1.1 server on asyncio: keep-alive, chunked bodies both ways, trailers, upgrades.

Enough for a stand-in that real clients talk to, and frank about what it is: it trusts its peer,
keeps no limits, and must never face a network.
"""

import asyncio
import json
import urllib.parse


class Request:
    """One request; the body arrives while the handler runs."""

    def __init__(self, method, target, version, headers, reader, writer):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.trailers = []
        split = urllib.parse.urlsplit(target)
        self.path = urllib.parse.unquote(split.path)
        self.query = urllib.parse.parse_qs(split.query)
        self.reader = reader
        self.writer = writer
        self._body = self._incoming()

    def header(self, name, default=None):
        """The first value of a header, by lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), default)

    def number(self, name, default):
        """A header that is a number, for the knobs of tests."""
        try:
            return float(self.header(name, default))
        except ValueError:
            return default

    async def chunks(self):
        """Pieces of the body as they arrive."""
        async for piece in self._body:
            yield piece

    async def body(self):
        """The rest of the body."""
        return b"".join([piece async for piece in self._body])

    async def json(self):
        """The body as JSON; {} when there is none."""
        text = await self.body()
        return json.loads(text) if text else {}

    def will_close(self):
        """Whether the connection ends with this exchange."""
        options = [part.strip().lower() for part in (self.header("connection") or "").split(",")]
        return "close" in options or (self.version == "HTTP/1.0" and "keep-alive" not in options)

    async def _incoming(self):
        if (self.header("expect") or "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in (self.header("transfer-encoding") or "").lower():
            while size := int((await self.reader.readline()).split(b";")[0], 16):
                yield await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            while (line := await self.reader.readline()) not in (b"\r\n", b""):
                self.trailers.append(split_header(line))
            return
        left = int(self.header("content-length") or 0)
        while left:
            piece = await self.reader.read(min(left, 65536))
            if not piece:
                raise ConnectionResetError("the body ended early")
            left -= len(piece)
            yield piece


class Reply:
    """One answer: either `send` it whole, or `start`, `write`..., `end`."""

    def __init__(self, request, writer):
        self.request = request
        self.writer = writer
        self.started = False
        self.chunked = False

    async def send(self, status, value, content_type="application/json", headers=()):
        """A whole answer; what is not bytes becomes JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        fields = [("content-type", content_type), ("content-length", str(len(body))), *headers]
        head = self.head(status, fields)
        self.writer.write(head if self.request.method == "HEAD" else head + body)
        await self.writer.drain()

    async def start(self, status, content_type, headers=()):
        """The head of an answer whose length is not known."""
        self.chunked = self.request.version != "HTTP/1.0"
        framing = [("transfer-encoding", "chunked")] if self.chunked else [("connection", "close")]
        self.writer.write(self.head(status, [("content-type", content_type), *framing, *headers]))
        await self.writer.drain()

    async def write(self, piece):
        """A piece of the body, on the wire at once."""
        self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if self.chunked else piece)
        await self.writer.drain()

    async def end(self, trailers=()):
        """The end of the body."""
        if self.chunked:
            lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
            self.writer.write(f"0\r\n{lines}\r\n".encode())
        await self.writer.drain()

    def head(self, status, fields):
        """The bytes of a status line and header fields."""
        self.started = True
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n{lines}\r\n".encode("latin-1")


REASONS = {101: "Switching Protocols", 200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}


def split_header(line):
    """`name: value` of a header line."""
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip(), value.strip()


async def serve_connection(handler, counters, reader, writer):
    """Requests of one connection, one after the other, until either side ends it."""
    counters["connections"] += 1
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *rest = head[:-4].split(b"\r\n")
            method, target, version = first.decode("latin-1").split(" ")
            headers = [split_header(line) for line in rest]
            request = Request(method, target, version, headers, reader, writer)
            counters["requests"] += 1
            reply = Reply(request, writer)
            await handle(handler, request, reply)
            await request.body()
            if request.will_close() or (reply.started and request.version == "HTTP/1.0"):
                break
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        pass
    except asyncio.CancelledError:
        pass
    finally:
        writer.close()


async def handle(handler, request, reply):
    """The handler, with its errors turned into an answer if that is still possible."""
    try:
        await handler(request, reply)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        if reply.started:
            raise ConnectionAbortedError(str(error)) from error
        message = {"message": f"the stand-in cannot read this: {error!r}", "type": "invalid_request_error"}
        await reply.send(400, {"error": message})


async def listen(handler, host, port, tls=None):
    """Starts the server; gives the asyncio server, whose first socket says the port."""
    counters = {"connections": 0, "requests": 0}

    async def connected(reader, writer):
        await serve_connection(lambda request, reply: handler(request, reply, counters), counters, reader, writer)

    return await asyncio.start_server(connected, host, port, limit=1 << 20, ssl=tls, backlog=1024)
