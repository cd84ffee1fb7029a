"""Where the keys that tokens are signed with come from: they are fetched, changed and taken away."""

import threading
import time

import pytest

from harness import objects
from harness.tokens import ISSUER, SigningKey, call, key_set, reason
from harness.upstream import Upstream


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def issued():
    """A key, and the one that comes after it."""
    return {"ES256": SigningKey("first", "ES256"), "renewed": SigningKey("renewed", "ES256")}


def test_keys_of_an_object_are_rotated_with_it(make_gateway, upstream, issued):
    gateway, old, new = make_gateway("rotated"), SigningKey("one", "ES256"), SigningKey("two", "ES256")

    def write(*signing):
        objects.write(gateway.objects / "issuer.yaml", objects.token_issuer("staff", ISSUER, {"inline": key_set(*signing)}))

    write(old)
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.route(), objects.backend("model", upstream.port),
        objects.policy_of("staff", objects.rule("all", {"tokens": {"issuers": ["staff"]}})))
    gateway.start()

    def statuses():
        return [call(gateway, key.sign(), "x").status_code for key in (old, new)]

    assert statuses() == [200, 401]
    write(old, new)
    wait_until(lambda: statuses() == [200, 200])
    write(new)
    wait_until(lambda: statuses() == [401, 200])


def wait_until(holds, seconds=20):
    """Return once it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class KeyServer:
    """An issuer's server of keys: what it says is settable."""

    def __init__(self, *signing):
        self.body, self.status = key_set(*signing), 200
        self.paused = threading.Event()
        self.paused.set()

    def __call__(self, exchange):
        self.paused.wait(60)
        exchange.send(self.status, self.body.encode())


@pytest.fixture(scope="module")
def fetching(make_gateway, upstream, issued):
    """A gateway whose issuer's keys are fetched; they were changed as soon as it had them."""
    gateway, answers = make_gateway("fetching"), KeyServer(issued["ES256"])
    with Upstream(answers) as server:
        source = {"url": f"http://127.0.0.1:{server.port}/realms/staff/certs", "refresh": "1m"}
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(), objects.backend("model", upstream.port), objects.token_issuer("staff", ISSUER, source),
            objects.policy_of("staff", objects.rule("all", {"tokens": {"issuers": ["staff"]}})))
        gateway.start()
        wait_until(lambda: call(gateway, issued["ES256"].sign(), "x").status_code == 200)
        answers.body = key_set(issued["renewed"])
        yield gateway, server, answers


def test_keys_are_fetched(fetching):
    gateway, server, _ = fetching
    assert {exchange.target for exchange in server.seen} == {"/realms/staff/certs"}
    assert not [value for exchange in server.seen for name, value in exchange.headers if name in ("authorization", "cookie")]


def test_tokens_with_unknown_keys_do_not_make_us_ask_again_and_again(fetching, issued):
    gateway, server, _ = fetching
    before = len(server.seen)
    for number in range(30):
        token = issued["ES256"].sign(header={"kid": f"made-up-{number}"})
        assert call(gateway, token, "x").status_code == 401
    assert len(server.seen) <= before + 1


@pytest.mark.parametrize("status, body", [
    (500, ""), (302, ""), (200, "no JSON"), (200, "{" + " " * 1_100_000), (None, "")], ids=[
    "fails", "redirects", "no key set", "too large", "silent"])
def test_without_keys_nobody_gets_in_and_is_told_to_come_back(make_gateway, upstream, issued, status, body):
    gateway, answers = make_gateway("keyless"), KeyServer(issued["ES256"])
    answers.status, answers.body = status or 200, body
    if status is None:
        answers.paused.clear()
    with Upstream(answers) as server:
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(), objects.backend("model", upstream.port),
            objects.token_issuer("staff", ISSUER, {"url": f"http://127.0.0.1:{server.port}/certs"}),
            objects.policy_of("staff", objects.rule("all", {"tokens": {"issuers": ["staff"]}}),
                              objects.rule("network", {"networks": ["127.0.0.0/8"]})))
        gateway.start()
        wait_until(lambda: server.seen)
        answer = call(gateway, issued["ES256"].sign(), "x")
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "token_keys_unavailable", answer.text
        assert call(gateway, None, "x", headers={}).status_code == 200, "requests do not wait for keys"
        answers.paused.set()
        gateway.kill()


def test_new_keys_are_found_by_themselves(fetching, issued):
    """Fetching is at most every 30 seconds; the old keys go with the new ones' coming."""
    gateway, server, _ = fetching
    wait_until(lambda: call(gateway, issued["renewed"].sign(), "x").status_code == 200, seconds=75)
    answer = call(gateway, issued["ES256"].sign(), "x")
    assert (answer.status_code, reason(gateway, answer)) == (401, "token_key_unknown")
