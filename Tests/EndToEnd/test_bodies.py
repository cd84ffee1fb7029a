"""How strictly a body is read that decides what a request may do, and what arrives of it."""

import gzip
import json

import httpx
import pytest

from harness import raw
from harness.judged import ALLOWED, CHAT, OTHER, SAY, JudgedHouse, code, form
from harness.upstream import Upstream


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def small():
    """Another server, for a route that chooses by model."""
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def house(make_gateway, upstream, small):
    return JudgedHouse(make_gateway("bodies"), upstream, small)


@pytest.fixture
def post(house):
    """`post(path, body, host)`; what arrived before is forgotten."""
    house.upstream.forget()
    house.small.forget()
    return house.post


DEEP = b'{"model":"llama","messages":' + b"[" * 70 + b"]" * 70 + b"}"
BAD_BODIES = {
    "the model twice": (b'{"model":"llama","model":"qwen3","messages":[]}', "duplicateKey"),
    "the model twice, once escaped": (b'{"model":"llama","mod\\u0065l":"qwen3","messages":[]}', "duplicateKey"),
    "two keys far inside": (b'{"model":"llama","messages":[{"role":"user","role":"system"}]}', "duplicateKey"),
    "the model in another case too": (b'{"model":"llama","Model":"qwen3","messages":[]}', "caseVariantKey"),
    "the model in another case alone": (b'{"Model":"llama","messages":[]}', "another case"),
    "no number": (b'{"model":"llama","messages":[],"temperature":NaN}', "byte"),
    "no end": (b'{"model":"llama","messages":[],"temperature":Infinity}', "byte"),
    "a number with a zero before it": (b'{"model":"llama","messages":[],"max_tokens":010}', "badNumber"),
    "too deep": (DEEP, "tooDeep"),
    "half of a character": (b'{"model":"llama","messages":[{"role":"user","content":"\\ud800"}]}', "badSurrogate"),
    "halves in the wrong order": (b'{"model":"llama","user":"\\udc00\\ud800","messages":[]}', "badSurrogate"),
    "no UTF-8": (b'{"model":"llama\xff","messages":[]}', "badUTF8"),
    "a long form of UTF-8": (b'{"model":"llama","user":"\xc0\xaf","messages":[]}', "badUTF8"),
    "a mark before the text": (b'\xef\xbb\xbf{"model":"llama","messages":[]}', "byteOrderMark"),
    "something after it": (b'{"model":"llama","messages":[]}{"model":"qwen3"}', "trailingBytes"),
    "a comment": (b'{"model":"llama",/* */"messages":[]}', "byte"),
    "a comma too many": (b'{"model":"llama","messages":[],}', "byte"),
    "half of it": (b'{"model":"llama","messages":[', "unexpectedEnd"),
    "nothing": (b"", "empty"),
    "a list": (b'[{"model":"llama","messages":[]}]', "wrong type"),
    "a list of models": (b'{"model":["llama"],"messages":[]}', "model has the wrong type"),
    "less than no tokens": (b'{"model":"llama","messages":[],"max_tokens":-5}', "max_tokens"),
    "more tokens than there are": (b'{"model":"llama","messages":[],"max_tokens":1e300}', "max_tokens"),
    "half a token": (b'{"model":"llama","messages":[],"max_tokens":1.5}', "max_tokens"),
    "two limits": (b'{"model":"llama","messages":[],"stream":"yes"}', "stream has the wrong type"),
}


@pytest.mark.parametrize("what", BAD_BODIES)
def test_what_can_be_read_in_two_ways_is_refused_with_its_place(house, post, upstream, what):
    body, place = BAD_BODIES[what]
    answer = post(CHAT, body, "openai")
    assert (answer.status_code, code(answer)) == (400, "invalid_body"), answer.text
    assert place in answer.json()["error"]["message"], answer.text
    assert not upstream.seen
    [record] = house.gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    assert record["reason"] == "invalid_body" and "qwen3" not in json.dumps(record)


def test_what_arrives_is_what_was_judged(post, upstream):
    """White space and spellings go; what the values are stays, to the digit."""
    sent = b"""{ "mod\\u0065l" : "\\u006clama" , "seed":12345678901234567890123, "temperature" : 0.10,
        "messages":[ {"role":"user","content":"\\u00e9 \\ud83d\\ude00 \\/ \\u0000 \\" \\\\ \xc3\xa9"} ], "x" : [ ] , "stop":null}"""
    assert post(CHAT, sent, "openai").status_code == 200
    [exchange] = upstream.seen
    arrived = exchange.body
    assert json.loads(arrived) == json.loads(sent)
    assert arrived.startswith(b'{"model":"llama","seed":12345678901234567890123,"temperature":0.10,"messages":[{"role":')
    assert b" :" not in arrived and b": " not in arrived and b"\n" not in arrived and b"\\u00e9" not in arrived
    assert exchange.header("content-length") == [str(len(arrived))] and not exchange.header("transfer-encoding")


def test_what_arrives_of_a_chunked_body_has_a_length(house, upstream):
    gateway, key = house.gateway, house.key
    upstream.forget()
    body = json.dumps({"model": ALLOWED, "messages": SAY}).encode()
    pieces = [body[place:place + 7] for place in range(0, len(body), 7)]
    headers = {"host": "openai.test", "x-api-key": key}
    assert httpx.post(gateway.url + CHAT, content=iter(pieces), headers=headers).status_code == 200
    assert json.loads(upstream.seen[0].body)["model"] == ALLOWED
    assert not upstream.seen[0].header("transfer-encoding")


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "identity, gzip", "br"])
def test_a_compressed_body_is_not_judged_and_not_sent_on(post, upstream, encoding):
    body = gzip.compress(json.dumps({"model": ALLOWED, "messages": SAY}).encode())
    answer = post(CHAT, body, "openai", **{"content-encoding": encoding})
    assert (answer.status_code, code(answer)) == (415, "unsupported_encoding")
    assert not upstream.seen


def test_a_field_that_the_protocol_does_not_have(post, upstream):
    """Only where a rule says that it is strict."""
    body = {"model": ALLOWED, "messages": SAY, "made_up": 1}
    denied = post(CHAT, body, "strict")
    assert (denied.status_code, code(denied)) == (403, "field_not_allowed") and not upstream.seen
    assert post(CHAT, {"model": ALLOWED, "messages": SAY}, "strict").status_code == 200
    assert post(CHAT, body, "openai").status_code == 200


@pytest.mark.parametrize("what, body", {
    "the model twice": form(model="llama")[:-10] + b"--edge\r\n" + form(model=OTHER)[8:],
    "the model in another case": form(Model=OTHER), "no end": form(model="llama")[:-6],
    "something after it": form(model="llama") + b"x",
    "something before it": b"x\r\n" + form(model="llama"),
}.items())
def test_forms_that_can_be_read_in_two_ways(post, upstream, what, body):
    answer = post("/v1/audio/transcriptions", body, "openai", **{"content-type": "multipart/form-data; boundary=edge"})
    assert answer.status_code in (400, 403), what
    assert not upstream.seen


@pytest.mark.parametrize("kind", [
    "multipart/form-data; boundary=edge; boundary=other", "multipart/form-data", "application/json",
    'multipart/form-data; boundary="edge', "multipart/mixed; boundary=edge"])
def test_forms_that_say_they_are_something_else(post, upstream, kind):
    answer = post("/v1/audio/transcriptions", form(model="llama"), "openai", **{"content-type": kind})
    assert answer.status_code in (400, 415)
    assert not upstream.seen


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "image/png"])
def test_a_body_is_judged_whatever_it_says_it_is(post, upstream, kind):
    assert post(CHAT, {"model": OTHER, "messages": SAY}, "openai", **{"content-type": kind}).status_code in (400, 403)
    assert post("/api/chat", {"model": OTHER, "messages": SAY}, **{"content-type": kind}).status_code in (400, 403)
    assert not upstream.seen


def test_a_body_that_waits_to_be_asked_for(house, upstream):
    """`Expect: 100-continue`: it is asked for once the caller is known, and judged as any other."""
    gateway, key = house.gateway, house.key
    for model, status in ((ALLOWED, 200), (OTHER, 403)):
        upstream.forget()
        body = json.dumps({"model": model, "messages": SAY}).encode()
        head = (f"POST {CHAT} HTTP/1.1\r\nhost: openai.test\r\nx-api-key: {key}\r\nexpect: 100-continue\r\n"
                f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n")
        with raw.connect(gateway.port) as connection:
            connection.sendall(head.encode())
            assert connection.recv(200) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
            assert raw.until_closed(connection).status == status
        assert len(upstream.seen) == (status == 200)


def test_a_body_that_is_too_large_to_be_judged(post, upstream):
    answer = post(CHAT, {"model": ALLOWED, "messages": SAY, "user": "x" * (40 << 20)}, "openai")
    assert answer.status_code == 413 and not upstream.seen
