"""Which models a request may name, how strictly its body is read, and what arrives of it."""

import asyncio
import gzip
import json

import anthropic
import httpx
import ollama
import openai
import pytest

from harness import keys, objects, raw
from harness.upstream import Upstream

CHAT = "/v1/chat/completions"
SAY = [{"role": "user", "content": "hi"}]
ALLOWED, OTHER = "llama3.2:1b", "qwen3"


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
    """Servers of several kinds behind one door; those of the first kind answer to every other name."""
    gateway, key = make_gateway("models"), keys.new_key()
    llama = {"classes": ["Inference", "Metadata"], "models": ["llama*"]}
    media = {"classes": ["Inference", "ServerFetch"], "mediaHosts": ["images.example.com", "*.cdn.example.com"]}
    kinds = {"openai": "openai", "anthropic": "anthropic", "kserve": "kserve", "media": "vllm", "aliases": "openai",
             "strict": "openai", "any": "ollama", "closed": "openai"}
    rules = {"media": media, "aliases": {"classes": ["Inference"], "models": ["fast", "llama*"]}, "any": {"classes": ["Inference"]},
             "strict": {"classes": ["Inference"], "strict": True}, "closed": {"classes": ["Inference"]}}
    filters = {"aliases": [objects.extension("aliases")], "closed": [objects.extension("closed")]}
    found = [objects.route("ollama", backend="ollama"), objects.backend("ollama", upstream.port, server="ollama")]
    for name, kind in kinds.items():
        found.append(objects.backend(name, upstream.port, server=kind))
        found.append(objects.route(name, backend=name, hostnames=[f"{name}.test"], filters=filters.get(name, ())))
        if name in rules:
            found.append(objects.policy(name, name, "HTTPRoute", to=[rules[name]]))
    found += [
        objects.backend("small", small.port, server="ollama"),
        objects.model_filter("aliases", {"models": ["fast"], "rename": "llama3.2:1b"},
                             {"models": ["llama-tiny*"], "backendRef": {"name": "small", "port": 80}}),
        objects.model_filter("closed", {"models": ["known"], "rename": "llama"}, unmatched="Deny"),
    ]
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.access_key("alice", key), objects.policy(to=[llama]), *found)
    return gateway.start(), key


@pytest.fixture
def post(house, upstream, small):
    """`post(path, body, host)`: the answer to one request; what arrived before is forgotten."""
    gateway, key = house
    upstream.forget()
    small.forget()

    def call(path, body, host="ollama", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"host": f"{host}.test", "x-api-key": key, "content-type": "application/json"} | headers
        return httpx.post(gateway.url + path, content=content, headers=headers, timeout=20)

    return call


def code(answer):
    """The word that a program finds in an answer of OpenAI's shape."""
    return answer.json()["error"]["code"]


def form(**fields):
    """A body of `multipart/form-data` with a file, and its content type."""
    part = '--edge\r\ncontent-disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    text = "".join(part.format(name, "", value) for name, value in fields.items())
    return (text + part.format("file", '; filename="a.wav"', "RIFF") + "--edge--\r\n").encode()


NAMED_IN_BODY = [
    ("openai", CHAT, {"messages": SAY}), ("openai", "/v1/completions", {"prompt": "hi"}),
    ("openai", "/v1/responses", {"input": "hi"}), ("openai", "/v1/embeddings", {"input": ["hi"]}),
    ("openai", "/v1/images/generations", {"prompt": "a door"}),
    ("openai", "/v1/audio/speech", {"input": "hi", "voice": "alloy"}),
    ("anthropic", "/v1/messages", {"messages": SAY, "max_tokens": 9}),
    ("anthropic", "/v1/messages/count_tokens", {"messages": SAY}),
    ("ollama", CHAT, {"messages": SAY}), ("ollama", "/v1/messages", {"messages": SAY, "max_tokens": 9}),
    ("ollama", "/api/chat", {"messages": SAY}), ("ollama", "/api/generate", {"prompt": "hi"}),
    ("ollama", "/api/embed", {"input": "hi"}), ("ollama", "/api/embeddings", {"prompt": "hi"}),
    ("ollama", "/api/show", {}), ("kserve", "/openai" + CHAT, {"messages": SAY}),
]


@pytest.mark.parametrize("host, path, body", NAMED_IN_BODY, ids=lambda value: value if isinstance(value, str) else "")
def test_the_model_that_a_body_names(post, upstream, host, path, body):
    assert post(path, {"model": OTHER, **body}, host).status_code == 403
    assert post(path, {**body, "model": ALLOWED.upper()}, host).status_code == 403, "names are compared exactly"
    assert not upstream.seen
    assert post(path, {"model": ALLOWED, **body}, host).status_code == 200
    assert json.loads(upstream.seen[0].body)["model"] == ALLOWED


@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/v1/embeddings", "/v1/responses"])
def test_a_request_that_names_no_model_names_none_that_is_allowed(post, upstream, path):
    assert post(path, {"messages": SAY, "prompt": "hi", "input": "hi"}, "openai").status_code == 403
    assert not upstream.seen


def test_the_model_that_a_form_names(post, upstream):
    kind = {"content-type": "multipart/form-data; boundary=edge"}
    denied = post("/v1/audio/transcriptions", form(model=OTHER), "openai", **kind)
    assert (denied.status_code, code(denied)) == (403, "model_not_allowed")
    assert not upstream.seen
    assert post("/v1/audio/transcriptions", form(model=ALLOWED, language="en"), "openai", **kind).status_code == 200
    assert b'name="model"\r\n\r\n' + ALLOWED.encode() in upstream.seen[0].body and b"RIFF" in upstream.seen[0].body


@pytest.mark.parametrize("path", ["/v1/models/{}:predict", "/v2/models/{}/infer", "/v2/models/{}/versions/1/infer"])
def test_the_model_that_a_path_names(post, upstream, path):
    body = {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [0.5]}]}
    denied = post(path.format(OTHER), body, "kserve")
    assert (denied.status_code, code(denied)) == (403, "model_not_allowed") and not upstream.seen
    assert post(path.format("llama-guard"), body, "kserve").status_code == 200
    assert json.loads(upstream.seen[0].body) == body


@pytest.mark.parametrize("name", ["%71wen3", "qwen%33", "llama/../qwen3", "llama%2f..%2fqwen3", "llama%00", "qwen3%20",
                                  "../qwen3", "llama//qwen3", "qwen3?model=llama", "qwen3%3fllama", "LLAMA"])
def test_no_spelling_of_a_path_hides_its_model(post, upstream, name):
    body = {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [0.5]}]}
    assert post(f"/v2/models/{name}/infer", body, "kserve").status_code in (400, 403, 404)
    assert not upstream.seen


def test_a_model_in_the_query_is_not_known(house, upstream):
    """So that a rule that names models does not let it pass."""
    gateway, key = house
    upstream.forget()
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = httpx.get(gateway.url + "/v1/realtime?model=llama3", headers={"host": "openai.test", "x-api-key": key} | upgrade)
    assert answer.status_code == 403 and not upstream.seen


@pytest.mark.parametrize("what, body", {
    "the model twice": form(model="llama")[:-10] + b"--edge\r\n" + form(model=OTHER)[8:],
    "the model in another case": form(Model=OTHER), "no end": form(model="llama")[:-6], "something after it": form(model="llama") + b"x",
    "something before it": b"x\r\n" + form(model="llama"),
}.items())
def test_forms_that_can_be_read_in_two_ways(post, upstream, what, body):
    answer = post("/v1/audio/transcriptions", body, "openai", **{"content-type": "multipart/form-data; boundary=edge"})
    assert answer.status_code in (400, 403), what
    assert not upstream.seen


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=edge; boundary=other", "multipart/form-data", "application/json",
                                  'multipart/form-data; boundary="edge', "multipart/mixed; boundary=edge"])
def test_forms_that_say_they_are_something_else(post, upstream, kind):
    assert post("/v1/audio/transcriptions", form(model="llama"), "openai", **{"content-type": kind}).status_code in (400, 415)
    assert not upstream.seen


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "image/png"])
def test_a_body_is_judged_whatever_it_says_it_is(post, upstream, kind):
    assert post(CHAT, {"model": OTHER, "messages": SAY}, "openai", **{"content-type": kind}).status_code in (400, 403)
    assert post("/api/chat", {"model": OTHER, "messages": SAY}, **{"content-type": kind}).status_code in (400, 403)
    assert not upstream.seen


def test_a_body_that_waits_to_be_asked_for(house, upstream):
    """`Expect: 100-continue`: it is asked for once the caller is known, and judged as any other."""
    gateway, key = house
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


def test_bodies_over_http2(make_gateway, upstream):
    """Judged, renamed and refused like others, many at a time on one connection."""
    gateway, key = make_gateway("models-http2", plaintext=False), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port)),
        objects.access_key("alice", key), objects.backend("model", upstream.port, server="openai"),
        objects.route(filters=[objects.extension("aliases")]),
        objects.model_filter("aliases", {"models": ["fast"], "rename": "llama3.2:1b"}),
        objects.policy(to=[{"classes": ["Inference"], "models": ["fast", "llama*"]}]))
    gateway.start()
    upstream.forget()

    async def ask(client, model):
        answer = await client.post(gateway.tls_url + CHAT, json={"model": model, "messages": SAY, "user": model * 5000})
        assert answer.http_version == "HTTP/2"
        return answer.status_code

    async def all_at_once():
        async with httpx.AsyncClient(http2=True, verify=gateway.tls_context(), headers={"x-api-key": key}, timeout=30) as client:
            return await asyncio.gather(*(ask(client, model) for model in ["fast", OTHER, "llama", OTHER] * 10))

    assert asyncio.run(all_at_once()) == [200, 403, 200, 403] * 10
    arrived = [json.loads(exchange.body) for exchange in upstream.seen]
    assert sorted({(body["model"], body["user"][:5]) for body in arrived}) == [("llama", "llama"), ("llama3.2:1b", "fastf")]
    assert len(arrived) == 20


def refusal(call):
    """The status, the body and the words of an error that a client raises."""
    with pytest.raises((openai.PermissionDeniedError, anthropic.PermissionDeniedError, ollama.ResponseError)) as raised:
        call()
    error = raised.value
    if isinstance(error, ollama.ResponseError):
        return error.status_code, None, error.error
    return error.status_code, error.body, str(error)


def test_clients_are_told_in_their_own_words(house, upstream):
    upstream.forget()
    url, key = house[0].url, house[1]
    first, second = openai.OpenAI(base_url=url + "/v1", api_key=key), anthropic.Anthropic(base_url=url, api_key=key)
    third, ask = ollama.Client(host=url, headers={"authorization": f"Bearer {key}"}), {"model": OTHER, "messages": SAY}
    chat = refusal(lambda: first.chat.completions.create(**ask))
    embeddings = refusal(lambda: first.embeddings.create(model=OTHER, input="hi"))
    message = refusal(lambda: second.messages.create(max_tokens=9, **ask))
    whole, stream = refusal(lambda: third.chat(**ask)), refusal(lambda: list(third.chat(stream=True, **ask)))
    sentence = "This model is not allowed with your credentials."
    for told in (chat, embeddings, message, whole, stream):
        assert told[0] == 403 and sentence in told[2], told
    assert chat[1]["code"] == embeddings[1]["code"] == "model_not_allowed" and chat[1]["type"] == "permission_error"
    assert message[1]["type"] == "error" and message[1]["error"]["type"] == "permission_error"
    assert whole[2].startswith(sentence), "the sentence alone, and no JSON around it"
    pull = refusal(lambda: third.pull("llama3"))
    assert pull[0] == 403 and "operation is not allowed" in pull[2]
    assert not upstream.seen


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
    [record] = house[0].wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
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
    gateway, key = house
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


def test_a_filter_renames_models(house, post, upstream):
    answer = post(CHAT, {"model": "fast", "messages": SAY}, "aliases")
    assert answer.status_code == 200
    assert json.loads(upstream.seen[0].body) == {"model": "llama3.2:1b", "messages": SAY}
    [record] = house[0].wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    assert record["ai"]["model"] == "fast" and record["ai"]["upstream_model"] == "llama3.2:1b"


def test_a_filter_chooses_the_server_by_model(post, upstream, small):
    assert post(CHAT, {"model": "llama-tiny-1", "messages": SAY}, "aliases").status_code == 200
    assert not upstream.seen and json.loads(small.seen[0].body)["model"] == "llama-tiny-1"
    assert post(CHAT, {"model": "llama-large", "messages": SAY}, "aliases").status_code == 200
    assert len(small.seen) == 1 and json.loads(upstream.seen[0].body)["model"] == "llama-large"


def test_the_name_that_the_caller_wrote_is_the_one_that_rules_know(post, upstream):
    """A filter does not widen what a policy allows."""
    assert post(CHAT, {"model": OTHER, "messages": SAY}, "aliases").status_code == 403
    assert not upstream.seen


def test_a_filter_may_deny_what_it_does_not_know(post, upstream):
    denied = post(CHAT, {"model": "unknown", "messages": SAY}, "closed")
    assert (denied.status_code, code(denied)) == (404, "model_not_found") and not upstream.seen
    assert post(CHAT, {"model": "known", "messages": SAY}, "closed").status_code == 200


def with_image(url):
    """A chat about an image."""
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"model": ALLOWED, "messages": [{"role": "user", "content": [{"type": "text", "text": "what?"}, part]}]}


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/x",
    "http://127.0.0.1:9470/metrics", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:10.0.0.1]/a", "http://10.1.2.3/a.png",
    "http://localhost/a", "http://model.ai.svc/a", "https://images.example.com@169.254.169.254/a", "file:///etc/passwd",
    "https://images.example.com.evil.example/a", "https://evil.example/?images.example.com", "ftp://images.example.com/a",
    "https://images.example.com\\@evil.example/a", "gopher://images.example.com/",
])
def test_the_server_is_not_sent_to_fetch_from_there(post, upstream, url):
    denied = post(CHAT, with_image(url), "media")
    assert (denied.status_code, code(denied)) == (403, "media_host_not_allowed"), denied.text
    assert not upstream.seen


@pytest.mark.parametrize("url", [
    "https://images.example.com/a.png", "https://IMAGES.example.com:8443/a.png?x=1", "https://a.b.cdn.example.com/a",
    "data:image/png;base64,iVBORw0KGgo=",
])
def test_media_from_hosts_that_are_listed(post, upstream, url):
    assert post(CHAT, with_image(url), "media").status_code == 200
    assert json.loads(upstream.seen[0].body) == with_image(url)


def test_media_are_no_part_of_inference(post, upstream):
    denied = post(CHAT, with_image("https://images.example.com/a.png"), "openai")
    assert denied.status_code == 403 and not upstream.seen


@pytest.mark.parametrize("body", [
    {"keep_alive": 0}, {"keep_alive": "0"}, {"keep_alive": "0s"}, {"keep_alive": 0, "prompt": ""}, {"keep_alive": "0m0s"},
])
def test_unloading_a_model_is_no_inference(post, upstream, body):
    for path in ("/api/generate", "/api/chat"):
        denied = post(path, {"model": ALLOWED, **({"messages": []} if path == "/api/chat" else {}), **body}, "any")
        assert denied.status_code == 403 and denied.json()["code"] == "operation_not_allowed", denied.text
    assert not upstream.seen
    asked = {"model": ALLOWED, "prompt": "hi", "keep_alive": 0}
    assert post("/api/generate", asked, "any").status_code == 200


@pytest.mark.parametrize("model", ["evil.example/a/llama", "hf.co/a/llama", "http://evil.example/a", "localhost:5000/x/y"])
def test_a_model_that_names_where_it_comes_from_is_no_inference(post, upstream, model):
    denied = post("/api/generate", {"model": model, "prompt": "hi"}, "any")
    assert denied.status_code == 403 and denied.json()["code"] == "operation_not_allowed", denied.text
    assert not upstream.seen
