"""Who may pass, what those are told who may not, and what the model server never learns."""

import json
import subprocess
import sys
import threading

import httpx
import pytest

from harness import keys, objects
from harness.upstream import Gate, Upstream

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def house(make_gateway, upstream):
    """Several doors of one gateway, and keys with what is special about each."""
    gateway = make_gateway("access")
    held = {name: keys.new_key() for name in ("alice", "bob", "expired", "revoked", "elsewhere", "limited", "single")}
    special = {
        "bob": {"labels": {"team": "b"}}, "expired": {"expires": "2020-01-01T00:00:00Z"}, "revoked": {"revoked": True},
        "elsewhere": {"networks": ["192.0.2.0/24"]},
    }
    chat = [{"methods": ["POST"], "paths": [{"type": "Exact", "value": CHAT}]}]
    named = ("alice", "expired", "revoked", "elsewhere")
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.backend("model", upstream.port),
        objects.route("open", hostnames=["open.test"]), objects.route("shut", hostnames=["shut.test"]),
        objects.route("few", hostnames=["few.test"]), objects.route("one", hostnames=["one.test"]),
        objects.policy("open", "open", "HTTPRoute", named, to=chat),
        objects.policy("few", "few", "HTTPRoute", ["limited"], limits={"requests": {"count": 3, "window": "1h"}}),
        objects.policy("one", "one", "HTTPRoute", ["single"], limits={"concurrency": 1}),
        [objects.access_key(name, key, **special.get(name, {})) for name, key in held.items()])
    gateway.start()
    return gateway, held


def call(house, host="open.test", path=CHAT, method="POST", headers=None, **more):
    """One request on a connection of its own."""
    gateway, _ = house
    return httpx.request(method, gateway.url + path, headers={"host": host, **(headers or {})}, timeout=20, **more)


def without_request_id(answer):
    """What a body says, less what differs from request to request."""
    said = answer.json()
    return {name: value for name, value in said.items() if name != "request_id"}


def test_the_key_opens(house, upstream):
    upstream.forget()
    for header in ({"authorization": "Bearer {}"}, {"x-api-key": "{}"}, {"api-key": "{}"}, {"Authorization": "bearer {}"}):
        sent = {name: value.format(house[1]["alice"]) for name, value in header.items()}
        assert call(house, headers=sent).status_code == 200
    assert len(upstream.seen) == 4
    for exchange in upstream.seen:
        assert not [name for name, _ in exchange.headers if name in ("authorization", "x-api-key", "api-key")]
    assert house[1]["alice"].encode() not in upstream.bytes


def test_no_key_and_any_wrong_key_look_alike(house, upstream):
    """The status, the body and the headers are the same, so that nobody learns which keys exist."""
    upstream.forget()
    held = house[1]
    unknown = keys.new_key()
    sent = {
        "none": {}, "not a key": {"x-api-key": "sk-123"}, "an unknown key": {"x-api-key": unknown},
        "a wrong checksum": {"x-api-key": held["alice"][:-1] + ("a" if held["alice"][-1] != "a" else "b")},
        "expired": {"x-api-key": held["expired"]}, "revoked": {"x-api-key": held["revoked"]},
        "bound to other networks": {"x-api-key": held["elsewhere"]},
        "another scheme": {"authorization": "Basic YTpi"}, "empty": {"x-api-key": ""},
        "two": [("x-api-key", held["alice"]), ("authorization", f"Bearer {held['alice']}")],
    }
    bodies, heads = set(), set()
    for what, headers in sent.items():
        listed = headers if isinstance(headers, list) else list(headers.items())
        answer = httpx.post(house[0].url + CHAT, headers=[("host", "open.test"), *listed], content=b"{}", timeout=20)
        assert answer.status_code == 401, what
        bodies.add(json.dumps(without_request_id(answer), sort_keys=True))
        heads.add(tuple(sorted(name for name in answer.headers)))
    assert len(bodies) == 1 and len(heads) == 1
    error = json.loads(bodies.pop())["error"]
    assert error["code"] == "invalid_api_key" and set(error) == {"message", "type", "code", "param"}
    assert not upstream.seen


def test_a_key_that_is_sent_twice_is_refused(house, upstream):
    """Two parsers could take different ones."""
    upstream.forget()
    twice = [("host", "open.test"), *[("x-api-key", house[1]["alice"])] * 2]
    assert httpx.post(house[0].url + CHAT, headers=twice, content=b"{}", timeout=20).status_code in (400, 401)
    assert not upstream.seen


def test_a_route_without_a_policy_is_shut(house, upstream):
    upstream.forget()
    answer = call(house, "shut.test", headers={"x-api-key": house[1]["alice"]})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "no_policy"
    assert not upstream.seen


@pytest.mark.parametrize("method, path", [
    ("GET", CHAT), ("POST", "/v1/models"), ("POST", CHAT + "/"), ("POST", "/"), ("POST", CHAT.upper()),
    ("POST", "/v1/chat/completion%73x"), ("DELETE", CHAT),
])
def test_what_no_rule_allows_is_denied(house, upstream, method, path):
    upstream.forget()
    answer = call(house, path=path, method=method, headers={"x-api-key": house[1]["alice"]})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "access_denied"
    assert not upstream.seen


def test_another_ones_key_is_denied(house, upstream):
    upstream.forget()
    answer = call(house, headers={"x-api-key": house[1]["bob"]})
    assert answer.status_code == 403
    assert "alice" not in answer.text and "AccessPolicy" not in answer.text, "rules are not the caller's business"
    assert not upstream.seen


@pytest.mark.parametrize("name", ["key", "api_key", "api-key", "access_token", "token", "x-api-key"])
def test_a_key_in_the_url_is_refused(house, upstream, name):
    """And it is in no record: the search at the end of each gateway looks for every key."""
    upstream.forget()
    answer = call(house, path=f"{CHAT}?{name}={house[1]['alice']}")
    assert answer.status_code in (400, 401)
    good = call(house, path=f"{CHAT}?{name}={house[1]['alice']}", headers={"x-api-key": house[1]["alice"]})
    assert good.status_code == 400 and good.json()["error"]["code"] == "credential_in_url"
    assert not upstream.seen


def test_no_host_of_ours(house):
    answer = call(house, "nowhere.test", headers={"x-api-key": house[1]["alice"]})
    assert answer.status_code in (401, 403, 404)


RATE = """
import json, os
from openai import OpenAI, RateLimitError
client = OpenAI(max_retries=0)
said = []
for _ in range(5):
    try:
        client.chat.completions.with_raw_response.create(model="m", messages=[])
        said.append(200)
    except RateLimitError as error:
        said.append([error.status_code, error.code, int(error.response.headers["retry-after"]) > 0])
print(json.dumps(said))
"""


def test_the_rate_limit_is_understood_by_clients(make_gateway, upstream):
    gateway, key = make_gateway("limits"), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key),
        objects.policy(limits={"requests": {"count": 3, "window": "1h", "burst": 3}}))
    gateway.start()
    upstream.forget()
    answer = subprocess.run(
        [sys.executable, "-c", RATE], capture_output=True, text=True, timeout=60, check=True,
        env={"OPENAI_BASE_URL": gateway.url + "/v1", "OPENAI_API_KEY": key, "PATH": "/usr/bin"})
    limited = [429, "rate_limit_exceeded", True]
    assert json.loads(answer.stdout) == [200, 200, 200, limited, limited]
    assert len(upstream.seen) == 3


def test_one_at_a_time(house, upstream):
    """The limit of concurrent requests counts what runs, and frees the place when a request ends."""
    gate, key = Gate(), {"x-api-key": house[1]["single"]}

    def wait(exchange):
        gate.wait()
        exchange.send()

    upstream.forget()
    upstream.answer = wait
    try:
        first = []
        running = threading.Thread(target=lambda: first.append(call(house, "one.test", headers=key).status_code))
        running.start()
        while not upstream.seen:
            threading.Event().wait(0.01)
        second = call(house, "one.test", headers=key)
        assert second.status_code == 429 and second.json()["error"]["code"] == "too_many_concurrent"
        gate.open()
        running.join(30)
        assert first == [200]
        gate.open()
        assert call(house, "one.test", headers=key).status_code == 200
    finally:
        upstream.answer = lambda exchange: exchange.send()


def test_what_a_caller_is_told_has_one_shape(house):
    answers = [
        call(house), call(house, "shut.test", headers={"x-api-key": house[1]["alice"]}),
        call(house, path="/other", headers={"x-api-key": house[1]["alice"]}),
    ]
    identities = set()
    for answer in answers:
        said = answer.json()
        assert set(said["error"]) == {"message", "type", "code", "param"}
        assert answer.headers["content-type"].startswith("application/json")
        identities.add(answer.headers["x-request-id"])
    assert len(identities) == len(answers)


def test_the_secret_of_a_refused_key_is_not_repeated(house):
    unknown = keys.new_key()
    answer = call(house, headers={"x-api-key": unknown})
    assert unknown not in answer.text and unknown not in str(answer.headers)
