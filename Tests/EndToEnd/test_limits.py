"""What a listener puts up with: each limit, set small by an annotation of the Gateway."""

import pytest

from harness import keys, objects, raw
from harness.upstream import Upstream

LIMITS = {
    "header-bytes": "4096", "header-count": "20", "uri-bytes": "1024", "body-bytes": "1000", "header-timeout": "1s",
    "idle-timeout": "1s", "request-timeout": "1s",
}
CONNECTIONS = 30


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


def start(gateway, upstream, limits):
    """Start it with those limits; the gateway and the key that opens it."""
    key, front = keys.new_key(), objects.gateway(objects.listener(gateway.port))
    front["metadata"]["annotations"] = {f"limits.sallyport.dev/{name}": value for name, value in limits.items()}
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), front, objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
    return gateway.start(), key


@pytest.fixture(scope="module")
def small(make_gateway, upstream):
    """A gateway that puts up with little."""
    return start(make_gateway("small"), upstream, LIMITS)


def head(key, *lines, method="POST", target="/v1/files"):
    """A request's head."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", "host: localhost", f"x-api-key: {key}", *lines, "", ""]).encode()


def chunks(*sizes):
    """Chunks of those sizes, without the last."""
    return b"".join(b"%x\r\n%b\r\n" % (size, b"x" * size) for size in sizes)


@pytest.mark.parametrize("what, status", [
    ("many header bytes", 431), ("many headers", 431), ("a long target", 414), ("a long body", 413),
    ("a long chunked body", 413),
])
def test_too_much(small, upstream, what, status):
    gateway, key = small
    upstream.forget()
    request = {
        "many header bytes": head(key, *(f"x-{number}: {'y' * 900}" for number in range(6))),
        "many headers": head(key, *(f"x-{number}: y" for number in range(30))),
        "a long target": head(key, target="/" + "a" * 2000),
        "a long body": head(key, "content-length: 1001"),
        "a long chunked body": head(key, "transfer-encoding: chunked") + chunks(500, 500, 500),
    }[what]
    answer = raw.say(gateway.port, request)
    assert answer.status == status and answer.closed, answer.data
    assert not upstream.seen


def test_just_enough(small):
    gateway, key = small
    with raw.connect(gateway.port) as connection:
        connection.sendall(head(key, "content-length: 1000") + b"x" * 1000)
        assert raw.until_answered(connection).status == 200
        connection.sendall(head(key, "transfer-encoding: chunked") + chunks(500, 500) + b"0\r\n\r\n")
        assert raw.until_answered(connection).status == 200


@pytest.mark.parametrize("sent", [b"", b"P", b"POST / HTTP/1.1\r\nhost: localhost\r\n"], ids=["nothing", "a letter", "half"])
def test_a_head_that_never_ends(small, sent):
    """The connection is closed in time, with 408 or with nothing."""
    answer = raw.say(small[0].port, sent)
    assert answer.closed and answer.status in (0, 408)


def test_a_body_that_never_ends(small, upstream):
    gateway, key = small
    upstream.forget()
    answer = raw.say(gateway.port, head(key, "content-length: 100") + b"x")
    assert answer.closed and answer.status in (0, 408)
    assert not upstream.seen


def test_a_connection_without_requests_is_closed(small):
    gateway, key = small
    with raw.connect(gateway.port) as connection:
        connection.sendall(head(key, "content-length: 0"))
        assert raw.until_answered(connection).status == 200
        assert raw.until_closed(connection).closed


def test_connections_beyond_the_limit_are_refused(make_gateway, upstream):
    """The first ones are served, and when they end, others are."""
    gateway, key = start(make_gateway("crowded"), upstream, {"connections": str(CONNECTIONS)})
    held = []
    try:
        for _ in range(CONNECTIONS):
            held.append(raw.connect(gateway.port))
            held[-1].sendall(head(key, "content-length: 0"))
            assert raw.until_answered(held[-1]).status == 200
        assert not any(served(gateway, key) for _ in range(10))
    finally:
        for connection in held:
            connection.close()
    assert any(served(gateway, key) for _ in range(200)), "places are not given back"


def served(gateway, key):
    """Whether a new connection is served."""
    try:
        with raw.connect(gateway.port) as connection:
            connection.sendall(head(key, "content-length: 0"))
            return raw.until_answered(connection).status == 200
    except OSError:
        return False
