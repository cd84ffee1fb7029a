"""Endpoints that no model server has: what arrived, odd answers, long answers. For tests of what stands in front."""

import asyncio
import base64
import hashlib
import json

from answers import sent_at

WEBSOCKET_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def echo(request, reply):
    """ANY /echo...: the request as it arrived, as JSON."""
    body = await request.body()
    seen = {
        "method": request.method,
        "target": request.target,
        "version": request.version,
        "headers": request.headers,
        "body": body.decode("utf-8", "replace"),
        "body_base64": base64.b64encode(body).decode(),
        "trailers": request.trailers,
        "port": request.writer.get_extra_info("sockname")[1],
    }
    status = int(request.number("x-stand-in-status", 200))
    await reply.send(status, seen)


async def duplex(request, reply):
    """POST /duplex: each piece of the body sent back as it arrives."""
    await reply.start(200, "application/octet-stream")
    async for piece in request.chunks():
        await reply.write(piece)
    await reply.end()


async def status(request, reply):
    """ANY /status/CODE: that status, with `retry-after` from the query if it is there."""
    await request.body()
    code = int(request.path.rsplit("/", 1)[1])
    headers = [("retry-after", value) for value in request.query.get("retry-after", [])]
    if code in (204, 304):
        reply.writer.write(f"HTTP/1.1 {code} No Body\r\n\r\n".encode())
        return await reply.writer.drain()
    await reply.send(code, {"status": code}, headers=headers)


async def some_bytes(request, reply):
    """GET /bytes/N: so many bytes, chunked when `?chunked`, as fast as they are taken."""
    await request.body()
    left = int(request.path.rsplit("/", 1)[1])
    if "chunked=1" not in request.target:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: {left}\r\n\r\n"
        reply.writer.write(head.encode())
        reply.started = True
    else:
        await reply.start(200, "application/octet-stream")
    while left:
        piece = b"x" * min(left, 65536)
        await reply.write(piece)
        left -= len(piece)
    await reply.end()


async def sink(request, reply):
    """POST /sink: takes the body, slowly if `x-stand-in-chunk-delay-ms` says so, and tells its length."""
    total, wait = 0, request.number("x-stand-in-chunk-delay-ms", 0) / 1000
    async for piece in request.chunks():
        total += len(piece)
        if wait:
            await asyncio.sleep(wait)
    await reply.send(200, {"bytes": total})


async def trailers(request, reply):
    """GET /trailers: a chunked body with a trailer, after the request's own trailers."""
    await request.body()
    await reply.start(200, "text/plain", [("trailer", "x-checksum")])
    await reply.write(b"body")
    await reply.end([("x-checksum", "841a2d689ad86bd1611447453c22c6fc"), *request.trailers])


async def events(request, reply):
    """GET /events: `x-stand-in-chunks` server-sent events, each with the time it was sent."""
    await reply.start(200, "text/event-stream")
    wait = request.number("x-stand-in-chunk-delay-ms", 10) / 1000
    for number in range(int(request.number("x-stand-in-chunks", 5))):
        await reply.write(f"id: {number}\ndata: {json.dumps({'sent_ns': sent_at()})}\n\n".encode())
        await asyncio.sleep(wait)
    await reply.end()


async def delayed(request, reply):
    """ANY /delay/MS: an empty object after so many milliseconds."""
    await request.body()
    await asyncio.sleep(float(request.path.rsplit("/", 1)[1]) / 1000)
    await reply.send(200, {})


async def hang_up(request, reply):
    """ANY /hang-up: the connection closed with no answer."""
    raise ConnectionAbortedError("asked to hang up")


async def websocket(request, reply):
    """GET /ws: a WebSocket that sends back what it gets; frames of any size, pings answered."""
    key = request.header("sec-websocket-key")
    if not key:
        return await reply.send(400, {"error": {"message": "this endpoint speaks WebSocket"}})
    accept = base64.b64encode(hashlib.sha1((key + WEBSOCKET_KEY).encode()).digest()).decode()
    fields = [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept)]
    reply.writer.write(reply.head(101, fields))
    reader, writer = request.reader, reply.writer
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        mask = await reader.readexactly(4) if second & 0x80 else bytes(4)
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(await reader.readexactly(size)))
        opcode = first & 0x0F
        writer.write(frame(first & 0xF0 | (0xA if opcode == 9 else opcode), data))
        await writer.drain()
        if opcode == 8:
            raise ConnectionAbortedError("closed as asked")


def frame(first, data):
    """One unmasked frame."""
    size = len(data)
    if size < 126:
        return bytes([first, size]) + data
    if size < 65536:
        return bytes([first, 126]) + size.to_bytes(2, "big") + data
    return bytes([first, 127]) + size.to_bytes(8, "big") + data


PREFIXES = {
    "/echo": echo,
    "/duplex": duplex,
    "/status/": status,
    "/bytes/": some_bytes,
    "/sink": sink,
    "/trailers": trailers,
    "/events": events,
    "/delay/": delayed,
    "/hang-up": hang_up,
    "/ws": websocket,
}
