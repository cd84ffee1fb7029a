"""Streams: the time to the first event, and the CPU time that relaying one event costs.

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

from . import load
from .processes import Failed

#: A model, in the form that servers give: what follows is what vLLM sends.
_START = (b'data: {"id":"chatcmpl-5d7f3c1e9a8b4f60a2c4e6d8b0f1a3c5","object":"chat.completion.chunk",'
          b'"created":1700000000,"model":"stand-in","choices":[')
EVENT = _START + b'{"index":0,"delta":{"content":" something"},"logprobs":null,"finish_reason":null,"token_ids":null}]}\n\n'
LAST = (_START + b'{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":null,'
        b'"token_ids":null}]}\n\n')
#: Sent when the request asks for it: what the answer cost.
USAGE = _START + b'],"usage":{"prompt_tokens":24,"total_tokens":1024,"completion_tokens":1000}}\n\n'
DONE = b"data: [DONE]\n\n"
#: Events of one answer: few where the first one is waited for, more where each is counted.
FEW, MANY = 4, 100
#: Pause between two events of a stream, seconds: without it the proxy would be given many at once.
PAUSE = 0.0005
BODY = b'{"model":"stand-in","stream":true,"messages":[{"role":"user","content":"Tell me a long story."}]}'
#: Streams at once while the cost of an event is measured.
STREAMS = 8


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
            body = json.loads(self.rfile.read(int(fields.get(b"content-length", 0))))
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                             b"transfer-encoding: chunked\r\n\r\n")
            for _ in range(int(fields.get(b"x-events", 0))):
                self._write(EVENT)
                self.server.pause()
            self._write(LAST)
            if (body.get("stream_options") or {}).get("include_usage"):
                self._write(USAGE)
            self._write(DONE)
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, event):
        self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))


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
            cpu, events = _cost_of_an_event(server, key, seconds)
            check_metered(server)
    added = [after - before for before, after in zip(direct, through)]
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


def _cost_of_an_event(server, key, seconds):
    """CPU microseconds for each event while several streams run, and how many events that were."""
    deadline, counts = time.monotonic() + seconds, [0] * STREAMS

    def work(number):
        way = _connection(server.port)
        while time.monotonic() < deadline:
            _one_stream(way, key, MANY)
            counts[number] += MANY + 2
        way.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(STREAMS)]
    before = server.cpu_seconds()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (server.cpu_seconds() - before) * 1e6 / sum(counts), sum(counts)


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
