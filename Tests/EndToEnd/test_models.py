"""Which models and media a request may name, and what a route makes of their names."""

import asyncio
import json

import anthropic
import httpx
import ollama
import openai
import pytest

from harness import keys, objects
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
    return JudgedHouse(make_gateway("models"), upstream, small)


@pytest.fixture
def post(house):
    """`post(path, body, host)`; what arrived before is forgotten."""
    house.upstream.forget()
    house.small.forget()
    return house.post


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
    gateway, key = house.gateway, house.key
    upstream.forget()
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    headers = {"host": "openai.test", "x-api-key": key} | upgrade
    answer = httpx.get(gateway.url + "/v1/realtime?model=llama3", headers=headers)
    assert answer.status_code == 403 and not upstream.seen


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
    url, key = house.gateway.url, house.key
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


def test_a_filter_renames_models(house, post, upstream):
    answer = post(CHAT, {"model": "fast", "messages": SAY}, "aliases")
    assert answer.status_code == 200
    assert json.loads(upstream.seen[0].body) == {"model": "llama3.2:1b", "messages": SAY}
    [record] = house.gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
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


def with_image(url):
    """A chat about an image."""
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"model": ALLOWED, "messages": [{"role": "user", "content": [{"type": "text", "text": "what?"}, part]}]}


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/x",
    "http://127.0.0.1:9470/metrics", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:10.0.0.1]/a",
    "http://10.1.2.3/a.png",
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
        trust, headers = gateway.tls_context(), {"x-api-key": key}
        async with httpx.AsyncClient(http2=True, verify=trust, headers=headers, timeout=30) as client:
            return await asyncio.gather(*(ask(client, model) for model in ["fast", OTHER, "llama", OTHER] * 10))

    assert asyncio.run(all_at_once()) == [200, 403, 200, 403] * 10
    arrived = [json.loads(exchange.body) for exchange in upstream.seen]
    assert sorted({(body["model"], body["user"][:5]) for body in arrived}) == [("llama", "llama"), ("llama3.2:1b", "fastf")]
    assert len(arrived) == 20
