"""Memory of a proxy with nothing to do, and with thousands of keep-alive connections that are waiting."""

import errno
import selectors
import socket
import time
from dataclasses import dataclass

from . import load

#: Connections that are opened at once: enough to be quick, few enough for every backlog.
BATCH = 200


@dataclass
class Idle:
    """Resident bytes before any request and with the connections held; how many of them were still open."""

    before: int
    holding: int
    asked: int
    held: int


def run(contestant, site, count):
    """Every connection makes one request with the key, so that it is a keep-alive one, and then waits."""
    server, key = contestant.start(site)
    with server:
        before = settled(server)
        load.check_job(server, key)
        holder = Holder(server.port, request(key))
        try:
            holder.open(count)
            memory = settled(server)
            return Idle(before, memory, count, holder.still_open())
        finally:
            holder.close()


def settled(server, seconds=10):
    """Resident memory once it has not moved for a second, or after `seconds`."""
    last, deadline = -1, time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = server.resident_bytes()
        if now == last:
            break
        last = now
        time.sleep(1)
    return server.resident_bytes()


def request(key):
    """The small POST as bytes."""
    head = (f"POST {load.PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(load.BODY)}\r\n\r\n")
    return head.encode() + load.BODY


class Holder:
    """Connections to one port, each of which has had one answer with status 200."""

    def __init__(self, port, message):
        self.port, self.message, self.open_sockets = port, message, []

    def open(self, count):
        """Open that many, a batch at a time."""
        while len(self.open_sockets) < count:
            size = min(BATCH, count - len(self.open_sockets))
            answered = self._batch(size)
            if not answered:
                raise ConnectionError(
                    f"of {size} more connections none was answered; {len(self.open_sockets)} are open")
            self.open_sockets += answered

    def _batch(self, size):
        selector, waiting, answered = selectors.DefaultSelector(), set(), []
        for _ in range(size):
            client = socket.create_connection(("127.0.0.1", self.port), 30)
            client.sendall(self.message)
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ, bytearray())
            waiting.add(client)
        deadline = time.monotonic() + 60
        while waiting and time.monotonic() < deadline:
            for event, _ in selector.select(1):
                client, seen = event.fileobj, event.data
                chunk = client.recv(65536)
                seen += chunk
                if chunk and not complete(seen):
                    continue
                selector.unregister(client)
                waiting.discard(client)
                if seen.startswith(b"HTTP/1.1 200"):
                    answered.append(client)
                else:
                    client.close()
        for client in waiting:
            client.close()
        selector.close()
        return answered

    def still_open(self):
        """How many the other side has not closed."""
        return sum(_is_open(client) for client in self.open_sockets)

    def close(self):
        """Close them all."""
        for client in self.open_sockets:
            client.close()
        self.open_sockets = []


def complete(answer):
    """Whether the bytes are a whole answer with a Content-Length or a chunked body."""
    head, found, body = bytes(answer).partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
    return body.endswith(b"0\r\n\r\n")


def _is_open(client):
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
