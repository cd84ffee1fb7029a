"""Requests that two parsers could read in two ways: 400, the connection closed, and nothing of them upstream.

Each case is bytes on the wire of a listener that would serve the innocent part of it.
"""

import pytest

from harness import keys, objects, raw
from harness.upstream import Upstream

#: Stands in each hidden request: it must never arrive.
HIDDEN = b"GET /hidden HTTP/1.1\r\nhost: localhost\r\n\r\n"


def get(*lines, target=b"/v1/models", version=b"HTTP/1.1", method=b"GET", host=b"host: localhost"):
    """A GET with a key and those header lines; @KEY@ is filled in."""
    head = [method + b" " + target + b" " + version]
    head += [host] if host else []
    return b"\r\n".join([*head, b"x-api-key: @KEY@", *lines, b"", b""])


def post(*lines, body=b""):
    """A POST with a key, those header lines and that body."""
    return get(*lines, method=b"POST", target=b"/v1/chat/completions") + body


def chunked(body, *lines):
    """A POST whose body is those chunks, good or not."""
    return post(b"transfer-encoding: chunked", *lines, body=body)


def te(value):
    """A POST with that Transfer-Encoding and a body that hides a request."""
    return post(b"transfer-encoding:" + value, body=b"0\r\n\r\n" + HIDDEN)


CASES = {
    # Two lengths, or a length that is none.
    "length and chunks": post(b"content-length: 4", b"transfer-encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "chunks and length": post(b"transfer-encoding: chunked", b"content-length: 60", body=b"0\r\n\r\n" + HIDDEN),
    "two lengths that differ": post(b"content-length: 0", b"content-length: 44", body=HIDDEN),
    "a list of lengths that differ": post(b"content-length: 0, 44", body=HIDDEN),
    "a length with a sign": post(b"content-length: +4", body=b"1234"),
    "a negative length": post(b"content-length: -1"),
    "a length in hexadecimal": post(b"content-length: 0x4", body=b"1234"),
    "a length with a blank in it": post(b"content-length: 1 0", body=HIDDEN),
    "an empty length": post(b"content-length:", body=HIDDEN),
    "a length beyond 64 bits": post(b"content-length: 18446744073709551616", body=HIDDEN),
    "a length with an underscore": post(b"content-length: 4_4", body=HIDDEN),
    # Transfer-Encoding that is anything but one final `chunked`.
    "chunked twice": te(b" chunked, chunked"),
    "chunked in two lines": post(b"transfer-encoding: chunked", b"transfer-encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "gzip, chunked": te(b" gzip, chunked"),
    "chunked, gzip": te(b" chunked, gzip"),
    "identity": te(b" identity"),
    "chunked, identity": te(b" chunked, identity"),
    "chunked with a comma": te(b" chunked,"),
    "a comma and chunked": te(b" ,chunked"),
    "xchunked": te(b" xchunked"),
    "chunked in quotes": te(b' "chunked"'),
    "chunked with a parameter": te(b" chunked;a=b"),
    "chunked after a vertical tab": te(b" \x0bchunked"),
    "an empty Transfer-Encoding": te(b""),
    "chunks of HTTP/1.0": get(b"transfer-encoding: chunked", method=b"POST", version=b"HTTP/1.0") + b"0\r\n\r\n",
    # Chunks.
    "a chunk size with a sign": chunked(b"+4\r\n1234\r\n0\r\n\r\n"),
    "a chunk size with 0x": chunked(b"0x4\r\n1234\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": chunked(b"10000000000000000\r\n" + HIDDEN),
    "an empty chunk size": chunked(b"\r\n1234\r\n0\r\n\r\n"),
    "a blank before the chunk size": chunked(b" 4\r\n1234\r\n0\r\n\r\n"),
    "a bare LF after the chunk size": chunked(b"4\n1234\r\n0\r\n\r\n"),
    "a bare LF in a chunk extension": chunked(b"4;a\n1234\r\n0\r\n\r\n"),
    "a bare CR in a chunk extension": chunked(b"4;a\rb\r\n1234\r\n0\r\n\r\n"),
    "a chunk longer than its size": chunked(b"4\r\n12345\r\n0\r\n\r\n"),
    "a bare LF after a chunk": chunked(b"4\r\n1234\n0\r\n\r\n"),
    "a chunk extension without end": chunked(b"4;" + b"a" * 100_000),
    "a length in a trailer": chunked(b"0\r\ncontent-length: 5\r\n\r\n"),
    "a Transfer-Encoding in a trailer": chunked(b"0\r\ntransfer-encoding: chunked\r\n\r\n"),
    "a bare LF in a trailer": chunked(b"0\r\nx: y\nz: w\r\n\r\n"),
    # Lines.
    "a bare LF ends the request line": b"GET /v1/models HTTP/1.1\nhost: localhost\r\nx-api-key: @KEY@\r\n\r\n",
    "a bare LF ends a header": get(b"x-a: b\nx-c: d"),
    "a bare CR in a value": get(b"x-a: b\rc"),
    "a bare CR ends a header": get(b"x-a: b\rx-c: d"),
    "a folded header": get(b"x-a: b", b" c"),
    "a header folded with a tab": get(b"x-a: b", b"\tc"),
    "a folded first header": b"GET /v1/models HTTP/1.1\r\n host: localhost\r\nhost: localhost\r\nx-api-key: @KEY@\r\n\r\n",
    "a blank before the colon": get(b"content-length : 44") + HIDDEN,
    "a tab before the colon": get(b"x-a\t: b"),
    "a header without a colon": get(b"x-a"),
    "a header without a name": get(b": b"),
    "a NUL in a value": get(b"x-a: b\0c"),
    "a NUL in a name": get(b"x\0a: b"),
    "a control character in a value": get(b"x-a: b\x01c"),
    "DEL in a value": get(b"x-a: b\x7fc"),
    "a name that is no token": get(b"x(a): b"),
    "a name outside ASCII": get(b"x-\xe9: b"),
    # The request line.
    "two blanks in the request line": get(target=b" /v1/models"),
    "a tab in the request line": b"GET\t/v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: @KEY@\r\n\r\n",
    "no version": b"GET /v1/models\r\nhost: localhost\r\nx-api-key: @KEY@\r\n\r\n",
    "a method that is no token": get(method=b"GE(T"),
    "a blank in the target": get(target=b"/v1/ models"),
    "NUL in the target": get(target=b"/v1/\0models"),
    "bytes outside ASCII in the target": get(target=b"/v1/\xff"),
    "a version in lower case": get(version=b"http/1.1"),
    # Host.
    "no host": get(host=b""),
    "two hosts": get(b"host: localhost"),
    "two hosts that differ": get(b"host: elsewhere"),
    "an empty host": get(host=b"host:"),
    "a host with a path": get(host=b"host: localhost/#@x"),
    "a host with user information": get(host=b"host: me@localhost"),
    "a host with a blank": get(host=b"host: local host"),
    "a host list": get(host=b"host: localhost, elsewhere"),
    "an absolute target that differs from the host": get(target=b"http://elsewhere/v1/models"),
    "an absolute target of another scheme": get(target=b"ftp://localhost/v1/models"),
    # Paths that are read in two ways.
    "an encoded slash": get(target=b"/v1%2fmodels"),
    "an encoded slash in upper case": get(target=b"/v1%2Fmodels"),
    "an encoded backslash": get(target=b"/v1%5cmodels"),
    "an encoded NUL": get(target=b"/v1/%00models"),
    "an encoded line end": get(target=b"/v1/%0d%0ax:%20y"),
    "a dot segment": get(target=b"/v1/../v1/models"),
    "a single dot segment": get(target=b"/v1/./models"),
    "an encoded dot segment": get(target=b"/x/%2e%2e/v1/models"),
    "a half-encoded dot segment": get(target=b"/x/.%2e/v1/models"),
    "a percent sign without digits": get(target=b"/v1/%zz"),
    "a percent sign at the end": get(target=b"/v1/models%"),
    "a fragment": get(target=b"/v1/models#a"),
    "a backslash": get(target=b"/v1\\models"),
    # Upgrades and tunnels.
    "CONNECT": get(target=b"localhost:80", method=b"CONNECT"),
    "the preface of HTTP/2 with a body": b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + HIDDEN,
}

#: Refused with another status than 400, because a caller can mend them: the connection is closed all the same.
OTHER = {
    "an unknown version": (get(version=b"HTTP/1.9"), {400, 505}),
    "an unknown major version": (get(version=b"HTTP/3.0"), {400, 505}),
    "CONNECT": (CASES["CONNECT"], {400, 405, 501}),
    "headers without end": (get(*[b"x-%d: %s" % (index, b"y" * 1000) for index in range(500)]), {400, 431}),
    "too many headers": (get(*[b"x-%d: y" % index for index in range(5_000)]), {400, 431}),
    "a header line without end": (get(b"x: " + b"y" * 1_000_000), {400, 431}),
    "a target without end": (get(target=b"/" + b"a" * 200_000), {400, 414, 431}),
    "the preface of HTTP/2 with a body": (CASES["the preface of HTTP/2 with a body"], {0, 400, 505}),
    "an unknown expectation": (get(b"expect: 200-ok"), {400, 417}),
    "a chunk extension without end": (CASES["a chunk extension without end"], {400, 413}),
}


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def target(make_gateway, upstream):
    """A plaintext gateway, and the key that opens it."""
    gateway, key = make_gateway("smuggling"), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
    return gateway.start(), key


def allowed(what):
    """Statuses that refuse a case."""
    return OTHER[what][1] if what in OTHER else {400}


@pytest.mark.parametrize("what", [*CASES, *(name for name in OTHER if name not in CASES)])
def test_refused_and_closed(target, upstream, what):
    gateway, key = target
    upstream.forget()
    request = (CASES.get(what) or OTHER[what][0]).replace(b"@KEY@", key.encode())
    answer = raw.say(gateway.port, request)
    assert answer.status in allowed(what), answer.data
    assert answer.closed, "the connection stays open after what cannot be read"
    assert answer.data.count(b"HTTP/1.1 ") <= 1, f"more than one answer: {answer.data!r}"
    # Of a chunked body that goes wrong in the middle, the good beginning may be under way; nothing may look whole.
    assert not [exchange.target for exchange in upstream.seen], upstream.bytes
    assert b"/hidden" not in upstream.bytes


GOOD = {
    "plain": get(),
    "an absolute target": get(target=b"http://localhost/v1/models"),
    "names in any case": get(b"X-A: b", b"x-A: c"),
    "blanks around a value": get(b"x-a: \t b \t "),
    "bytes above ASCII in a value": get(b"x-a: \xe9"),
    "a query with odd characters": get(target=b"/v1/models?a=%2f%00&b=[]{}|'"),
    "encoded letters": get(target=b"/v1/%6dodels"),
    "chunks with extensions": chunked(b"4;a=b\r\n1234\r\n0\r\n\r\n"),
    "a chunk size with zeros and letters": chunked(b"00A\r\n1234567890\r\n0\r\n\r\n"),
    "trailers": chunked(b"0\r\nx-checksum: 1\r\n\r\n"),
    "Chunked in another case": post(b"Transfer-Encoding: Chunked", body=b"0\r\n\r\n"),
    "a body of no bytes": post(b"content-length: 0"),
    "a body with a length": post(b"content-length: 4", body=b"1234"),
    "HTTP/1.0": get(version=b"HTTP/1.0"),
}


@pytest.mark.parametrize("what", GOOD)
def test_compliant_requests_pass(target, what):
    gateway, key = target
    with raw.connect(gateway.port) as connection:
        connection.sendall(GOOD[what].replace(b"@KEY@", key.encode()))
        answer = raw.until_answered(connection)
    assert answer.status == 200, answer.data


def test_pipelined_requests_are_answered_in_order(target, upstream):
    gateway, key = target
    upstream.answer = lambda exchange: exchange.send(body=exchange.target.encode())
    several = b"".join(get(target=b"/v1/%d" % number) for number in range(5)) + get(b"connection: close")
    try:
        answer = raw.say(gateway.port, several.replace(b"@KEY@", key.encode()))
    finally:
        upstream.answer = lambda exchange: exchange.send()
    order = [answer.data.index(b"/v1/%d" % number) for number in range(5)]
    assert order == sorted(order) and answer.data.count(b"HTTP/1.1 200") == 6


def test_an_answer_that_hides_another_is_not_believed(target, upstream):
    """What follows a whole answer on an upstream connection belongs to nobody."""
    gateway, key = target

    def twice(exchange):
        exchange.send(body=b"one")
        exchange.send(body=b"two")

    upstream.answer = twice
    try:
        for _ in range(3):
            with raw.connect(gateway.port) as connection:
                connection.sendall(get().replace(b"@KEY@", key.encode()))
                assert raw.until_answered(connection).body == b"one"
    finally:
        upstream.answer = lambda exchange: exchange.send()


BAD_ANSWERS = {
    "length and chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths that differ": b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
    "a bare LF": b"HTTP/1.1 200 OK\nx-a: b\r\ncontent-length: 0\r\n\r\n",
    "a line end in a value": b"HTTP/1.1 200 OK\r\nx-a: b\rc\r\ncontent-length: 0\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n",
    "not HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"x-a: %s\r\n" % (b"b" * 1000) * 500,
    "nothing": b"",
}


@pytest.mark.parametrize("what", BAD_ANSWERS)
def test_an_upstream_that_cannot_be_read_is_a_bad_gateway(target, upstream, what):
    gateway, key = target

    def badly(exchange):
        exchange.connection.sendall(BAD_ANSWERS[what])
        raise OSError("that was all")

    upstream.answer = badly
    try:
        with raw.connect(gateway.port) as connection:
            connection.sendall(get().replace(b"@KEY@", key.encode()))
            answer = raw.until_answered(connection)
    finally:
        upstream.answer = lambda exchange: exchange.send()
    assert answer.status in (502, 503)
    assert str(upstream.port).encode() not in answer.data, "the caller learns nothing about the upstream"
