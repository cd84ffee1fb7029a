"""Configuration changes under load fail no request and drop no connection."""

import http.client
import os
import ssl
import threading
import time

import pytest

from harness import keys, objects, raw
from harness.certificates import self_signed
from harness.upstream import Upstream

CHANGES = int(os.environ.get("SALLYPORT_E2E_CHANGES", "1000"))
#: Pause between two writes: the whole takes about twenty seconds.
PAUSE = 0.02
CALLERS = 4


@pytest.fixture(scope="module")
def upstreams():
    with Upstream() as one, Upstream() as two:
        yield one, two


def configuration(gateway, key, upstreams, number):
    """The same door each time, with another answer header, another backend, another policy and another route beside it."""
    header = {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [{"name": "x-number", "value": str(number)}]}}
    return [
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(filters=[header]),
        objects.backend("model", *(server.port for server in upstreams[:1 + number % 2])),
        objects.access_key("alice", key), objects.policy(limits={"requests": {"count": 10_000_000 + number, "window": "1s"}}),
        [objects.route(f"beside-{number}", hostnames=[f"n{number}.test"])] if number % 3 else [],
    ]


class Caller(threading.Thread):
    """Calls on one kept-alive connection until told to stop; remembers what went wrong."""

    def __init__(self, port, key, stop):
        super().__init__(daemon=True)
        self.port, self.key, self.stop_asked = port, key, stop
        self.calls, self.connects, self.failures, self.numbers = 0, 0, [], set()

    def run(self):
        connection = None
        while not self.stop_asked.is_set():
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                connection.connect()
                self.connects += 1
            try:
                connection.request("POST", "/v1/chat/completions", b"{}", {"x-api-key": self.key})
                answer = connection.getresponse()
                answer.read()
                self.calls += 1
                self.numbers.add(answer.getheader("x-number"))
                if answer.status != 200:
                    self.failures.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                connection = None


def test_changes_under_load(make_gateway, upstreams):
    gateway, key = make_gateway("changes"), keys.new_key()
    path = gateway.objects / "all.yaml"
    objects.write(path, *configuration(gateway, key, upstreams, 0))
    gateway.start()
    stop = threading.Event()
    callers = [Caller(gateway.port, key, stop) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for number in range(1, CHANGES + 1):
        objects.write(path, *configuration(gateway, key, upstreams, number))
        time.sleep(PAUSE)
    wait_until_seen(callers, str(CHANGES))
    stop.set()
    for caller in callers:
        caller.join(30)
    assert [caller.failures[:5] for caller in callers] == [[]] * CALLERS
    assert [caller.connects for caller in callers] == [1] * CALLERS, "a change closed a connection"
    applied = set.union(*(caller.numbers for caller in callers))
    calls = sum(caller.calls for caller in callers)
    print(f"{CHANGES} writes, {len(applied)} snapshots seen by {calls} requests")
    assert len(applied) > 2


def wait_until_seen(callers, number):
    """Wait until a caller has met that configuration."""
    deadline = time.monotonic() + 20
    while not any(number in caller.numbers for caller in callers):
        assert time.monotonic() < deadline, f"configuration {number} was never met"
        time.sleep(0.02)


def test_a_file_that_stops_parsing_keeps_its_objects_and_opens_nothing(make_gateway, upstreams):
    gateway, key = make_gateway("broken"), keys.new_key()
    path = gateway.objects / "all.yaml"
    objects.write(path, *configuration(gateway, key, upstreams, 0))
    gateway.start()
    path.write_text("kind: [this is not\n  yaml: {")
    deadline = time.monotonic() + 15
    while "all.yaml" not in gateway.output:
        assert time.monotonic() < deadline, "the log says nothing of the broken file"
        time.sleep(0.05)
    assert status(gateway, key) == 200
    assert status(gateway, "sp_wrong") == 401


def test_a_revoked_key_is_out(make_gateway, upstreams):
    gateway, key = make_gateway("revoked"), keys.new_key()
    objects.write(gateway.objects / "all.yaml", *configuration(gateway, keys.new_key(), upstreams, 0)[:4], objects.policy())
    objects.write(gateway.objects / "key.yaml", objects.access_key("alice", key))
    gateway.start()
    assert status(gateway, key) == 200
    objects.write(gateway.objects / "key.yaml", objects.access_key("alice", key, revoked=True))
    deadline = time.monotonic() + 15
    while status(gateway, key) != 401:
        assert time.monotonic() < deadline, "the revoked key still opens"
        time.sleep(0.05)


def status(gateway, key):
    """Status of a call with a key."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    connection.request("POST", "/v1/chat/completions", b"{}", {"x-api-key": key})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_certificates_are_reloaded_without_dropping_a_connection(make_gateway, upstreams, tmp_path):
    gateway, key = make_gateway("certificates", plaintext=False), keys.new_key()
    files = [self_signed(tmp_path, name) for name in ("first", "second")]
    secrets = [objects.tls_secret("shown", chain.read_text(), private.read_text()) for chain, private in files]
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port, secret="shown")), objects.route(),
        objects.backend("model", upstreams[0].port), objects.access_key("alice", key), objects.policy())
    objects.write(gateway.objects / "secret.yaml", secrets[0])
    gateway.start()
    request = f"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n\r\n".encode()
    with raw.connect(gateway.tls_port, trusting(files[0][0])) as old:
        old.sendall(request)
        assert raw.until_answered(old).status == 200
        objects.write(gateway.objects / "secret.yaml", secrets[1])
        deadline = time.monotonic() + 15
        while not shows(gateway, files[1][0]):
            assert time.monotonic() < deadline, "the new certificate is never shown"
            time.sleep(0.05)
        old.sendall(request)
        answer = raw.until_answered(old)
        assert answer.status == 200 and not answer.closed
    for private in (private for _, private in files):
        secret = private.read_text().splitlines()[1]
        assert secret not in gateway.output


def trusting(chain):
    """A TLS context that trusts one certificate."""
    return ssl.create_default_context(cafile=str(chain))


def shows(gateway, chain):
    """Whether a new connection is shown that certificate."""
    try:
        raw.connect(gateway.tls_port, trusting(chain)).close()
        return True
    except ssl.SSLError:
        return False
