"""A piece is relayed as it arrives, and a slow reader makes a slow upstream.

No clock decides: the model server sends piece k+1 only after the client has seen piece k.
"""

import socket
import time

import httpx
import pytest

from harness import keys, objects, raw
from harness.http2 import Http2Client
from harness.upstream import Gate, Upstream

PIECES = 5
MEBIBYTE = 1 << 20
#: What an endless upstream offers, and how much of it may be on its way while the client does not read:
#: kernel buffers of four socket ends, and what the gateway holds.
OFFERED, ON_ITS_WAY, GROWTH = 200 * MEBIBYTE, 48 * MEBIBYTE, 48 * MEBIBYTE


class Server:
    """The model server of this file: gated events, an endless answer, a body that nobody reads."""

    def __init__(self):
        self.gate, self.sent = Gate(), 0

    def __call__(self, exchange):
        if exchange.target == "/endless":
            return self.endless(exchange)
        exchange.begin("text/event-stream")
        for number in range(PIECES):
            self.gate.wait()
            exchange.piece(f"data: {number}\n\n".encode())
        self.gate.wait()
        exchange.end()

    def endless(self, exchange):
        """So many bytes, counted as the kernel takes them."""
        self.sent = 0
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: {OFFERED}\r\n\r\n"
        exchange.connection.sendall(head.encode())
        piece = bytes(65536)
        while self.sent < OFFERED:
            self.sent += exchange.connection.send(piece[:OFFERED - self.sent])


@pytest.fixture(scope="module")
def server():
    return Server()


@pytest.fixture(scope="module")
def streams(make_gateway, server):
    """A gateway with TLS before the server of this file; its plaintext twin shares nothing with it."""
    key = keys.new_key()
    with Upstream(server) as upstream:
        doors = []
        for tls in (False, True):
            gateway = make_gateway("streams", plaintext=not tls)
            listener = objects.https(gateway.tls_port) if tls else objects.listener(gateway.port)
            objects.write(
                gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(listener), objects.route(),
                objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
            doors.append(gateway.start())
        yield doors, key


@pytest.mark.parametrize("way", ["http1-plaintext", "http1-tls", "http2-tls"])
def test_a_piece_is_relayed_as_it_arrives(streams, server, way):
    (plain, secure), key = streams
    url = plain.url if way.endswith("plaintext") else secure.tls_url
    verify = True if way.endswith("plaintext") else secure.tls_context()
    with httpx.Client(http2=way.startswith("http2"), verify=verify, headers={"x-api-key": key}) as client:
        server.gate.open()
        with client.stream("POST", url + "/v1/chat/completions", json={"stream": True}, timeout=30) as answer:
            assert answer.http_version == ("HTTP/2" if way.startswith("http2") else "HTTP/1.1")
            seen = []
            for line in answer.iter_lines():
                if line:
                    seen.append(line)
                    server.gate.open()
    assert seen == [f"data: {number}" for number in range(PIECES)]


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
def test_an_upload_is_relayed_as_it_arrives(secure, http2):
    """The stand-in sends each piece of a body back; the next piece is only sent when that has come."""
    pieces = [f"piece {number};".encode() for number in range(PIECES)]
    if not http2:
        with raw.connect(secure.gateway.tls_port, secure.gateway.tls_context()) as connection:
            head = f"POST /duplex HTTP/1.1\r\nhost: localhost\r\nx-api-key: {secure.key}\r\ntransfer-encoding: chunked\r\n\r\n"
            connection.sendall(head.encode())
            got = b""
            for piece in pieces:
                connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                while piece not in got:
                    chunk = connection.recv(65536)
                    assert chunk, got
                    got += chunk
            connection.sendall(b"0\r\n\r\n")
        return
    with Http2Client(secure.gateway.tls_port, secure.gateway.tls_context("h2")) as client:
        stream = client.request("POST", "/duplex", {"x-api-key": secure.key}, end=False)
        for piece in pieces:
            client.data(stream, piece)
            while piece not in client.body(stream):
                assert client.receive(), "the connection ended"
        client.data(stream, b"", end=True)
        client.until_ended(stream)
        assert client.status(stream) == 200 and client.body(stream) == b"".join(pieces)


def stalled(server):
    """How much was sent once it has stopped growing."""
    last, same = -1, 0
    while same < 10:
        same = same + 1 if server.sent == last else 0
        last = server.sent
        time.sleep(0.1)
    return last


def test_a_slow_reader_makes_a_slow_upstream(streams, server):
    (plain, _), key = streams
    before = plain.resident_bytes()
    with raw.connect(plain.port) as connection:
        connection.sendall(f"GET /endless HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 200")
        assert stalled(server) < ON_ITS_WAY
        assert plain.resident_bytes() - before < GROWTH
        connection.settimeout(60)
        received = 0
        while received < OFFERED - 1024 and (chunk := connection.recv(1 << 20)):
            received += len(chunk)
        assert received > OFFERED - 2048, "the rest comes once it is read"


def test_a_slow_reader_of_http2_makes_a_slow_upstream(streams, server):
    (_, secure), key = streams
    before = secure.resident_bytes()
    with Http2Client(secure.tls_port, secure.tls_context("h2"), give_window=False) as client:
        stream = client.request("GET", "/endless", {"x-api-key": key})
        while len(client.body(stream)) < 65_535:
            client.receive()
        assert stalled(server) < ON_ITS_WAY
        assert secure.resident_bytes() - before < GROWTH
        # The gateway serves others meanwhile.
        with raw.connect(secure.tls_port, secure.tls_context()) as other:
            other.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert raw.until_answered(other).status == 401


def test_a_slow_upstream_makes_a_slow_sender(make_gateway):
    """A body that nobody takes stops at the client."""
    silent, key = False, keys.new_key()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gateway = make_gateway("upload")
        limits = {"limits.sallyport.dev/body-bytes": str(OFFERED * 2)}
        front = objects.gateway(objects.listener(gateway.port))
        front["metadata"]["annotations"] = limits
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), front, objects.route(),
            objects.backend("model", listening.getsockname()[1]), objects.access_key("alice", key), objects.policy())
        gateway.start()
        before, sent = gateway.resident_bytes(), 0
        with raw.connect(gateway.port) as connection:
            head = f"POST /v1/files HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: {OFFERED}\r\n\r\n"
            connection.sendall(head.encode())
            connection.settimeout(2)
            try:
                while sent < OFFERED:
                    sent += connection.send(bytes(65536))
            except TimeoutError:
                silent = True
        assert silent and sent < ON_ITS_WAY
        assert gateway.resident_bytes() - before < GROWTH
