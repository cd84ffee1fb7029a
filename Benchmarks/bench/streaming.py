"""Time to the first event of a stream: through the proxy less direct, in turn on kept-alive connections.

The model server of this measurement is a thread of this process: what it costs is the same on both ways and falls
out of the difference.
"""

import http.client
import socketserver
import statistics
import threading
import time
from dataclasses import dataclass

from . import load

EVENT = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a word "}}]}\n\n'
EVENTS = 4
BODY = b'{"model":"stand-in","stream":true,"messages":[{"role":"user","content":"hello"}]}'


@dataclass
class FirstEvent:
    """Medians in milliseconds."""

    direct: float
    through: float
    added: float


class _Streamer(socketserver.StreamRequestHandler):
    """Answers each request with a few events, each written at once."""

    disable_nagle_algorithm = True

    def handle(self):
        while self.rfile.readline():
            length = 0
            while (line := self.rfile.readline().strip().lower()):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in range(EVENTS):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(EVENT), EVENT))
            self.wfile.write(b"0\r\n\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away ends its thread; there is nothing to say about it."""


def run(contestant, site_at, count=300):
    """`site_at` makes the Site for a model server's port. Direct and through the proxy take turns, request by request."""
    with _Server(("127.0.0.1", 0), _Streamer) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        port = upstream.server_address[1]
        server, key = contestant.start(site_at(port))
        with server:
            load.check_job(server, key)
            ways = [_connection(port), _connection(server.port)]
            times = [[], []]
            for _ in range(count):
                for way, seen in zip(ways, times):
                    seen.append(_first_event(way, key))
            for way in ways:
                way.close()
        upstream.shutdown()
    added = [b - a for a, b in zip(*times)]
    return FirstEvent(*(statistics.median(values) * 1e3 for values in (*times, added)))


def _connection(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    return connection


def _first_event(connection, key):
    begin = time.perf_counter()
    connection.request("POST", load.PATH, BODY, {"content-type": "application/json", "x-api-key": key})
    answer = connection.getresponse()
    answer.read(len(EVENT))
    seconds = time.perf_counter() - begin
    answer.read()
    return seconds
