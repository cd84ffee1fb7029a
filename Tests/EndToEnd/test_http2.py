"""HTTP/2 as attackers speak it: the connection ends or the request is refused, and the gateway goes on."""

import pytest
from hyperframe.frame import ContinuationFrame, DataFrame, PingFrame, PriorityFrame, RstStreamFrame, SettingsFrame
from hyperframe.frame import WindowUpdateFrame

from harness import keys, objects, raw
from harness.http2 import PREFACE, Frames, Http2Client
from harness.upstream import Upstream

MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def target(make_gateway, upstream):
    """A gateway with TLS, and the key that opens it."""
    gateway, key = make_gateway("http2", plaintext=False), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port)), objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
    return gateway.start(), key


@pytest.fixture
def frames(target):
    """A connection for bad frames; afterwards the gateway must still serve."""
    gateway, key = target
    before = gateway.resident_bytes()
    with Frames(gateway.tls_port, gateway.tls_context("h2")) as connection:
        assert connection.socket.selected_alpn_protocol() == "h2"
        connection.key = ("x-api-key", key)
        yield connection
    with Http2Client(gateway.tls_port, gateway.tls_context("h2")) as client:
        stream = client.request("GET", "/v1/models", {"x-api-key": key})
        client.until_ended(stream)
        assert client.status(stream) == 200, "the gateway does not serve after the attack"
    assert gateway.resident_bytes() - before < 64 * MEBIBYTE


def streams(count):
    """Stream numbers of a client."""
    return range(1, 2 * count, 2)


def test_many_streams_at_once(target):
    gateway, key = target
    with Http2Client(gateway.tls_port, gateway.tls_context("h2")) as client:
        asked = [client.request("GET", "/v1/models", {"x-api-key": key}) for _ in range(50)]
        client.until_ended(*asked)
        assert [client.status(stream) for stream in asked] == [200] * 50


def test_rapid_reset(frames, upstream):
    upstream.forget()
    total = 20_000
    sent = frames.flood(
        frames.headers(stream, frames.block(frames.key)).serialize() + RstStreamFrame(stream, error_code=8).serialize()
        for stream in streams(total))
    assert frames.ended_by_peer(), "opening and resetting streams went on for ever"
    assert len(upstream.seen) < 5_000, f"{len(upstream.seen)} of {sent} reset requests reached the model server"


def test_resets_that_the_server_is_made_to_send(frames):
    """MadeYouReset: the client breaks its own streams so that the server resets them."""
    frames.flood(
        frames.headers(stream, frames.block(frames.key), end_stream=False).serialize()
        + WindowUpdateFrame(stream, window_increment=0x7FFFFFFF).serialize()
        for stream in streams(20_000))
    assert frames.ended_by_peer()


def test_continuation_flood(frames):
    frames.send(frames.headers(1, frames.block(frames.key), end_headers=False))
    sent = frames.flood(ContinuationFrame(1, data=_literal(f"x-{number}", "y" * 4000)) for number in range(5_000))
    assert frames.ended_by_peer()
    assert sent < 5_000


def test_empty_continuation_flood(frames):
    frames.send(frames.headers(1, frames.block(frames.key), end_headers=False))
    frames.flood(ContinuationFrame(1, data=b"") for _ in range(100_000))
    assert frames.ended_by_peer()


def test_header_compression_bomb(frames, upstream):
    """One large field put into the table, then named by one byte, thousands of times."""
    upstream.forget()
    large = _literal("x-bomb", "y" * 3900, indexed=True)
    block = frames.block(frames.key) + large + bytes([0x80 | 62]) * 10_000
    frames.send(frames.headers(1, block[:16_000]))
    assert frames.answer(1) in (400, 431, "reset", "closed")
    assert not upstream.seen


def test_cookie_crumbs(frames, upstream):
    """Many small fields: each counts with its overhead."""
    upstream.forget()
    block = frames.block(frames.key) + _literal("cookie", "a=b") * 1_500
    frames.send(frames.headers(1, block))
    assert frames.answer(1) in (400, 431, "reset", "closed")
    assert not upstream.seen


@pytest.mark.parametrize("frame", [SettingsFrame(0, settings={3: 7}), PingFrame(0, opaque_data=b"12345678")],
                         ids=["settings", "ping"])
def test_answers_that_nobody_reads_do_not_pile_up(frames, frame):
    """The connection ends, or the gateway reads no further; the fixture looks at its memory and health."""
    frames.flood((frame.serialize() * 1_000 for _ in range(500)), seconds=3)


def test_empty_data_flood(frames):
    frames.send(frames.headers(1, frames.block(frames.key, method="POST"), end_stream=False))
    frames.flood(DataFrame(1, data=b"") for _ in range(200_000))
    assert frames.ended_by_peer()


BAD_BLOCKS = {
    "CR LF in the path": {"path": "/v1/models HTTP/1.1\r\nhost: x\r\n\r\nGET /admin"},
    "a space in the path": {"path": "/v1 /models"},
    "NUL in the path": {"path": "/v1/\0models"},
    "a path without a slash": {"path": "v1/models"},
    "an empty path": {"path": ""},
    "an absolute path": {"path": "http://localhost/v1/models"},
    "a fragment in the path": {"path": "/v1/models#a"},
    "an encoded slash": {"path": "/v1%2fmodels"},
    "an encoded NUL": {"path": "/v1/%00models"},
    "dot segments": {"path": "/a/../v1/models"},
    "encoded dot segments": {"path": "/a/%2e%2e/v1/models"},
    "a line end in the authority": {"authority": "localhost\r\nx: y"},
    "user information in the authority": {"authority": "me@localhost"},
    "a path in the authority": {"authority": "localhost/#@x"},
    "a space in the method": {"method": "GET /x HTTP/1.1"},
    "an unknown scheme": {"scheme": "ftp"},
}

BAD_FIELDS = {
    "CR LF in a value": [("x-a", "b\r\nx-admin: yes")],
    "LF in a value": [("x-a", "b\nx-admin: yes")],
    "NUL in a value": [("x-a", "b\0c")],
    "an upper-case name": [("X-Admin", "yes")],
    "a space in a name": [("x admin", "yes")],
    "a colon in a name": [("x:admin", "yes")],
    "an empty name": [("", "yes")],
    "CR LF in a name": [("x-a\r\nx-b", "yes")],
    "connection": [("connection", "keep-alive")],
    "transfer-encoding": [("transfer-encoding", "chunked")],
    "upgrade": [("upgrade", "websocket")],
    "keep-alive": [("keep-alive", "1")],
    "te other than trailers": [("te", "gzip")],
    "a pseudo header at the end": [("x-a", "b"), (":path", "/other")],
    "a second path": [(":path", "/other")],
    "an unknown pseudo header": [(":admin", "yes")],
    "a response's pseudo header": [(":status", "200")],
    "a host that differs": [("host", "elsewhere")],
    "two lengths": [("content-length", "1"), ("content-length", "2")],
    "a length for no body": [("content-length", "5")],
    "a length that is no number": [("content-length", "+0")],
}


@pytest.mark.parametrize("what", BAD_BLOCKS)
def test_pseudo_headers_that_cannot_be_trusted(frames, upstream, what):
    upstream.forget()
    frames.send(frames.headers(1, frames.block(frames.key, **BAD_BLOCKS[what])))
    assert frames.answer(1) in (400, "reset", "closed")
    assert not upstream.seen


@pytest.mark.parametrize("what", BAD_FIELDS)
def test_fields_that_cannot_be_trusted(frames, upstream, what):
    upstream.forget()
    block = frames.block(frames.key) + b"".join(_literal(name, value) for name, value in BAD_FIELDS[what])
    frames.send(frames.headers(1, block))
    assert frames.answer(1) in (400, "reset", "closed")
    assert not upstream.seen


BAD_FRAMES = {
    "data on stream 0": DataFrame(1, data=b"x").serialize()[:5] + b"\0\0\0\0x",
    "headers on an even stream": bytes([0, 0, 1, 1, 5, 0, 0, 0, 2, 0x82]),
    "a frame larger than allowed": bytes([0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1]) + b"x" * 100_000,
    "continuation without headers": ContinuationFrame(1, data=b"x").serialize(),
    "settings of a wrong length": bytes([0, 0, 5, 4, 0, 0, 0, 0, 0]) + b"12345",
    "window update of nothing for the connection": bytes([0, 0, 4, 8, 0, 0, 0, 0, 0]) + bytes(4),
    "window beyond its end": WindowUpdateFrame(0, window_increment=0x7FFFFFFF).serialize() * 2,
    "a promise from a client": bytes([0, 0, 5, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0x82]),
    "priority that depends on itself, as headers": bytes([0, 0, 6, 1, 0x25, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x82]),
    "a block that cannot be decoded": bytes([0, 0, 1, 1, 5, 0, 0, 0, 1, 0xBF]),
    "padding longer than the frame": bytes([0, 0, 2, 0, 8, 0, 0, 0, 1, 0xFF, 0]),
    "ping of a wrong length": bytes([0, 0, 1, 6, 0, 0, 0, 0, 0, 1]),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
def test_frames_that_break_the_protocol(frames, upstream, what):
    upstream.forget()
    frames.flood([BAD_FRAMES[what]])
    assert frames.ended_by_peer()
    assert not upstream.seen


def test_frames_between_headers_and_continuation(frames, upstream):
    upstream.forget()
    frames.flood([frames.headers(1, frames.block(frames.key), end_headers=False), PriorityFrame(3, depends_on=0)])
    assert frames.ended_by_peer()
    assert not upstream.seen


def test_more_data_than_the_length_says(frames, upstream):
    upstream.forget()
    block = frames.block(frames.key, ("content-length", "1"), method="POST")
    data = DataFrame(1, data=b"GET /admin HTTP/1.1\r\n\r\n", flags=["END_STREAM"])
    frames.flood([frames.headers(1, block, end_stream=False), data])
    assert frames.answer(1) in (400, "reset", "closed")
    assert all(b"/admin" not in exchange.target.encode() for exchange in upstream.seen)


def test_no_preface(target):
    gateway, _ = target
    with raw.connect(gateway.tls_port, gateway.tls_context("h2")) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n" + b"x" * 32)
        assert raw.until_closed(connection).closed


def test_prior_knowledge_is_refused_where_no_listener_says_so(plain):
    with raw.connect(plain.gateway.port) as connection:
        connection.sendall(PREFACE + SettingsFrame(0).serialize())
        answer = raw.until_closed(connection)
    assert answer.closed and b"HTTP/1.1 200" not in answer.data


def _literal(name, value, indexed=False):
    """A field as HPACK writes it without Huffman coding, whatever bytes are in it."""
    name, value = name.encode("latin-1"), value.encode("latin-1")
    return bytes([0x40 if indexed else 0x00]) + _length(len(name)) + name + _length(len(value)) + value


def _length(count):
    if count < 127:
        return bytes([count])
    count, encoded = count - 127, bytearray([127])
    while count >= 128:
        encoded.append(count % 128 | 128)
        count //= 128
    return bytes([*encoded, count])
