"""The CPU time that relaying one event costs, with streams as a model server of today makes them.

Such a server works in steps: in each it makes one token for every stream that runs, and sends one event to each. Model
server and callers are two threads of this process, each with all its connections; both are on the load's core.
"""

import contextlib
import re
import selectors
import socket
import threading
import time

from . import load
from .events import BODY, DONE, EVENT, HEAD, LAST, chunk, ending
from .processes import Failed

#: Streams at once, events of each before the two that end it, and how long a step takes, seconds: 50 tokens a second.
STREAMS, EVENTS, STEP = 200, 100, 0.02
_CHUNK = chunk(EVENT)
_WHOLE = EVENT * EVENTS + LAST + DONE


@contextlib.contextmanager
def model_server():
    """The port of a model server that works in steps."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        server = _ModelServer(listener)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.stops = True
            thread.join()


class _ModelServer:
    """Answers on each connection one request after the other, all streams in step."""

    def __init__(self, listener):
        listener.setblocking(False)
        self.listener, self.stops = listener, False
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        #: For each stream that runs: how many events are still to come, and the chunks that end it.
        self.running = {}

    def serve(self):
        """Until `stops`."""
        with self.selector:
            next_step = time.monotonic()
            while not self.stops:
                for event, _ in self.selector.select(max(0, min(next_step - time.monotonic(), STEP))):
                    self._take(event.fileobj, event.data)
                if time.monotonic() >= next_step:
                    next_step = max(next_step + STEP, time.monotonic())
                    self._step()
            for event in list(self.selector.get_map().values()):
                if event.fileobj is not self.listener:
                    event.fileobj.close()

    def _take(self, client, seen):
        if client is self.listener:
            client, _ = client.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(client, selectors.EVENT_READ, bytearray())
            return
        try:
            piece = client.recv(65536)
        except OSError:
            piece = b""
        if not piece:
            self._drop(client)
            return
        seen += piece
        head, found, body = bytes(seen).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        if found and length and len(body) >= int(length.group(1)):
            seen.clear()
            client.sendall(HEAD)
            self.running[client] = [EVENTS, ending(body)]

    def _step(self):
        for client, stream in list(self.running.items()):
            try:
                if stream[0] > 0:
                    stream[0] -= 1
                    client.sendall(_CHUNK)
                    continue
                for piece in stream[1]:
                    client.sendall(piece)
                self.running.pop(client, None)
            except OSError:
                self._drop(client)

    def _drop(self, client):
        self.running.pop(client, None)
        self.selector.unregister(client)
        client.close()


def cost_of_an_event(server, key, seconds):
    """CPU microseconds of the proxy for each event that it relays, and how many events that were."""
    request = (f"POST {load.PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {key}\r\n"
               f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n").encode() + BODY
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(STREAMS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30))
            selector.register(client, selectors.EVENT_READ, bytearray())
        _streams(selector, request, time.monotonic())
        before, ends, events = server.cpu_seconds(), time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            events += _streams(selector, request, ends)
        return (server.cpu_seconds() - before) * 1e6 / events, events


def _streams(selector, request, ends):
    """One stream on each connection, and on each that is through another while there is time; how many events came."""
    running, streams, deadline = 0, 0, time.monotonic() + 60
    for event in selector.get_map().values():
        event.fileobj.sendall(request)
        running += 1
    while running:
        if time.monotonic() > deadline:
            raise Failed(f"{running} streams did not end within a minute")
        for event, _ in selector.select(1):
            client, seen = event.fileobj, event.data
            piece = client.recv(65536)
            seen += piece
            if piece and not seen.endswith(b"0\r\n\r\n"):
                continue
            if _content(seen) != _WHOLE:
                raise Failed(f"a stream did not arrive whole: {bytes(seen[:300])!r}")
            seen.clear()
            streams += 1
            if time.monotonic() < ends:
                client.sendall(request)
            else:
                running -= 1
    return streams * (EVENTS + 2)


def _content(answer):
    """The body of an answer in chunks."""
    head, _, rest = bytes(answer).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        return b""
    content = []
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if not re.fullmatch(rb"[0-9a-fA-F]+", size) or int(size, 16) == 0:
            return b"".join(content)
        content.append(rest[:int(size, 16)])
        rest = rest[int(size, 16) + 2:]
