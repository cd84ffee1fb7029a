"""Streams: the time to the first event, and the CPU time that relaying one event costs (`steps.py`).

The model server of these measurements is a thread of this process, pinned to the load's core. What it costs is the same
on both ways, and falls out of the difference.
"""

import contextlib
import http.client
import json
import socketserver
import statistics
import threading
import time
from dataclasses import dataclass

from . import load, steps
from .events import BODY, DONE, EVENT, HEAD, LAST, chunk, ending
from .processes import Failed

#: Events of one answer where the first one is waited for, and the pause between two of them, seconds.
FEW, PAUSE = 4, 0.0005


@dataclass
class Stream:
    """Medians in milliseconds, and microseconds of CPU time for each relayed event."""

    direct: float
    through: float
    added: float
    cpu: float
    events: int


class _Streamer(socketserver.StreamRequestHandler):
    """Answers each request with as many events as it asks for, each a write of its own, as model servers do."""

    disable_nagle_algorithm = True

    def handle(self):
        while self.rfile.readline():
            fields = {}
            while (line := self.rfile.readline().strip().lower()):
                name, _, value = line.partition(b":")
                fields[name] = value.strip()
            body = self.rfile.read(int(fields.get(b"content-length", 0)))
            self.wfile.write(HEAD)
            for _ in range(int(fields.get(b"x-events", 0))):
                self.wfile.write(chunk(EVENT))
                self.server.pause()
            for event in ending(body):
                self.wfile.write(event)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def pause(self):
        """Between two events of a stream."""
        time.sleep(PAUSE)

    def handle_error(self, request, client_address):
        """A client that goes away ends its thread; there is nothing to say about it."""


@contextlib.contextmanager
def model_server(pause=None):
    """The port of a model server that streams; `pause` is called between two events in place of a short sleep."""
    with _Server(("127.0.0.1", 0), _Streamer) as upstream:
        upstream.pause = pause or upstream.pause
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        try:
            yield upstream.server_address[1]
        finally:
            upstream.shutdown()


def run(contestant, site_at, seconds, count=100):
    """`site_at` makes the Site for a model server's port."""
    with model_server() as upstream:
        server, key = contestant.start(site_at(upstream))
        with server:
            load.check_job(server, key)
            direct, through = _first_events(upstream, server.port, key, count)
    added = [after - before for before, after in zip(direct, through)]
    with steps.model_server() as upstream:
        server, key = contestant.start(site_at(upstream))
        with server:
            cpu, events = steps.cost_of_an_event(server, key, seconds)
            check_metered(server)
    return Stream(*(statistics.median(times) * 1e3 for times in (direct, through, added)), cpu, events)


def check_metered(server, seconds=5):
    """A gateway that has to count tokens, and did not take them from the stream, is not measured."""
    if server.metered is None:
        return
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        for file in server.metered.glob("**/records.jsonl"):
            last = (file.read_text().splitlines() or [""])[-1]
        tokens = (json.loads(last or "{}").get("ai") or {}).get("tokens") or {}
        if tokens.get("output") == 1000 and not tokens.get("estimate"):
            return
        time.sleep(0.1)
    raise Failed(f"{server.name} did not count the tokens of a stream; its last record is {last[:2000]}")


def _first_events(direct, through, key, count):
    """Times to the first event; the two ways take turns, request by request, each on one kept-alive connection."""
    ways = [_connection(direct), _connection(through)]
    times = [[], []]
    for _ in range(count):
        for way, seen in zip(ways, times):
            seen.append(_one_stream(way, key, FEW))
    for way in ways:
        way.close()
    return times


def _connection(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    return connection


def ask(connection, key, events):
    """Asks for a stream of so many events, and the two that end it; the answer, of which the head has been read."""
    headers = {"content-type": "application/json", "x-api-key": key, "x-events": str(events)}
    connection.request("POST", load.PATH, BODY, headers)
    return connection.getresponse()


def _one_stream(connection, key, events):
    """Reads a whole stream of so many events; the time to its first."""
    begin = time.perf_counter()
    answer = ask(connection, key, events)
    first = answer.read(len(EVENT))
    seconds = time.perf_counter() - begin
    if first + answer.read() != EVENT * events + LAST + DONE:
        raise ConnectionError(f"a stream did not arrive whole: status {answer.status}")
    return seconds
