"""One record for each request, allowed or denied, and nothing in it that must not be there."""

import json

import httpx
import pytest

from harness import keys, objects, raw
from harness.upstream import Upstream

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture
def watched(make_gateway, upstream):
    """A gateway of its own for each test: its records are this test's."""
    gateway, key = make_gateway("records"), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.route(), objects.backend("model", upstream.port), objects.access_key("alice", key),
        objects.policy(to=[{"methods": ["POST"], "paths": [{"type": "PathPrefix", "value": "/v1"}]}],
                       limits={"requests": {"count": 3, "window": "1h"}}))
    return gateway.start(), key


def test_one_record_for_each_request(watched):
    gateway, key = watched
    good, wanted = {"x-api-key": key}, []
    with httpx.Client(base_url=gateway.url) as client:
        for headers, path, status in [
            (good, CHAT, 200), ({}, CHAT, 401), ({"x-api-key": "sp_wrong"}, CHAT, 401), (good, "/api/pull", 403),
            (good, CHAT, 200), (good, CHAT, 200), (good, CHAT, 429),
        ]:
            assert client.post(path, headers=headers, content=b"{}").status_code == status
            wanted.append(status)
    assert raw.say(gateway.port, b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n").status == 400
    wanted.append(400)
    gateway.wait_for_records(len(wanted))
    gateway.stop()
    records = gateway.records()
    assert sorted(record["status"] for record in records) == sorted(wanted), records
    assert [record["status"] for record in records if record["verdict"] == "allowed"] == [200, 200, 200]
    assert len({record["id"] for record in records}) == len(records)
    called = [record["principal"]["name"] for record in records if "principal" in record]
    assert called == ["alice"] * 5, "records say who called"
    assert {record["reason"] for record in records} >= {"rule_matched", "missing_key", "no_rule_matches", "rate_limited"}
    for record in records:
        assert record["source"]["address"] == "127.0.0.1" and record["time"]


def test_a_record_tells_what_happened(watched, upstream):
    gateway, key = watched
    with httpx.Client(base_url=gateway.url, headers={"x-api-key": key, "user-agent": "e2e/1"}) as client:
        answer = client.post(CHAT + "?secret=question", content=b"12345")
    gateway.wait_for_records(1)
    gateway.stop()
    [record] = gateway.records()
    assert record["id"] == answer.headers["x-request-id"]
    assert record["http"]["method"] == "POST" and record["http"]["path"] == CHAT and record["http"]["version"] == "1.1"
    assert record["http"]["user_agent"] == "e2e/1" and "question" not in json.dumps(record)
    assert record["bytes"] == {"in": 5, "out": len(answer.content)}
    assert record["gateway"] == "ai/front" and record["policy"] == "ai/policy" and record["rule"] == "allow"
    assert record["destination"]["port"] == upstream.port
    assert record["timing"]["duration"] >= record["timing"]["first_byte"] >= 0
    assert record["trace"][-1]["result"] == "matched"


def test_a_key_in_an_odd_place_is_in_no_record(watched):
    """People put keys where they do not belong; what looks like one is not kept."""
    gateway, key = watched
    with httpx.Client(base_url=gateway.url) as client:
        client.get(f"/v1/{key}", headers={"x-api-key": key})
        client.get("/v1/models", headers={"user-agent": key, "x-request-id": key})
        client.get("/v1/models", headers={"host": f"{key}.test", "referer": key})
        client.get("/v1/models", headers={"authorization": f"Basic {key}", "cookie": f"key={key}"})
    gateway.wait_for_records(4)
    gateway.stop()
    everything = gateway.output + "".join(map(json.dumps, gateway.records()))
    assert key not in everything


def test_a_client_that_goes_away_leaves_one_record(watched, upstream):
    gateway, key = watched

    def begin(exchange):
        exchange.begin("text/event-stream")
        exchange.piece(b"data: 1\n\n")
        while True:
            exchange.piece(b"data: more\n\n" * 1000)

    upstream.answer = begin
    try:
        with raw.connect(gateway.port) as connection:
            connection.sendall(f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: 0\r\n\r\n".encode())
            assert connection.recv(100)
        assert len(gateway.wait_for_records(1)) == 1
    finally:
        upstream.answer = lambda exchange: exchange.send()
    gateway.stop()
    assert len(gateway.records()) == 1


def test_an_upstream_that_breaks_off_leaves_one_record(watched, upstream):
    gateway, key = watched

    def break_off(exchange):
        exchange.begin("text/event-stream")
        exchange.piece(b"data: 1\n\n")
        raise OSError("asked to")

    upstream.answer = break_off
    try:
        with pytest.raises(httpx.HTTPError):
            httpx.post(gateway.url + CHAT, headers={"x-api-key": key})
        gateway.wait_for_records(1)
    finally:
        upstream.answer = lambda exchange: exchange.send()
    gateway.stop()
    assert len(gateway.records()) == 1


def test_what_comes_from_outside_cannot_forge_a_record(watched):
    """Quotes, escape sequences and bytes that are no UTF-8, in every place that a record may show."""
    gateway, key = watched
    odd = b'"},{"verdict":"allowed"}\\u0000\xff\xfe\x1b[31m'
    visible = bytes(byte for byte in odd if byte >= 0x20)
    lines = [
        b"POST /v1/%22%7d%0b?" + b"%0a%1b[31m" + b" HTTP/1.1", b"host: x", b"x-api-key: " + key.encode(),
        b"user-agent: " + visible, b"x-request-id: " + visible, b"content-length: 0", b"connection: close",
    ]
    raw.say(gateway.port, b"\r\n".join(lines) + b"\r\n\r\n")
    raw.say(gateway.port, odd + b"\r\n\r\n")
    gateway.wait_for_records(2)
    gateway.stop()
    raw_text = b"".join(path.read_bytes() for path in gateway.record_files())
    assert not [byte for byte in raw_text if byte < 0x20 and byte != 0x0A or byte == 0x7F]
    raw_text.decode("utf-8")
    assert len(gateway.records()) == 2


def test_records_to_standard_output_on_request(make_gateway, upstream):
    gateway, key = make_gateway("stdout", arguments=["--records", "-"]), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
    gateway.start()
    assert httpx.get(gateway.url + "/v1/models", headers={"x-api-key": key}).status_code == 200
    gateway.stop()
    lines = [line for line in gateway.output.splitlines() if line.startswith("{") and "/v1/models" in line]
    assert len(lines) == 1 and json.loads(lines[0])
