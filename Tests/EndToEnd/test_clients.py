"""Clients as people install them work through the front door, with nothing about them changed but address and key."""

import json
import os
import re
import subprocess
import sys

import httpx
import pytest

OPENING = "A stand-in answers; no model was asked. You said:"
SAID = "two doors"

OPENAI = """
from openai import OpenAI, AuthenticationError
client = OpenAI(max_retries=0)
ask = [{"role": "user", "content": "two doors"}]
whole = client.chat.completions.create(model="stand-in", messages=ask)
parts = [chunk.choices[0].delta.content or "" for chunk in
         client.chat.completions.create(model="stand-in", messages=ask, stream=True) if chunk.choices]
response = client.responses.create(model="stand-in", input="two doors")
events = [event.delta for event in client.responses.create(model="stand-in", input="two doors", stream=True)
          if event.type == "response.output_text.delta"]
vector = client.embeddings.create(model="stand-in", input="two doors").data[0].embedding
models = [model.id for model in client.models.list()]
try:
    OpenAI(api_key="sp_wrong", max_retries=0).models.list()
    refused = "let in"
except AuthenticationError as error:
    refused = error.code
print(json.dumps([whole.choices[0].message.content, "".join(parts), response.output_text, "".join(events),
                  len(parts) > 3, len(vector), models, refused]))
"""

ANTHROPIC = """
from anthropic import Anthropic, AuthenticationError
client = Anthropic(max_retries=0)
ask = dict(model="stand-in", max_tokens=50, messages=[{"role": "user", "content": "two doors"}])
whole = client.messages.create(**ask)
with client.messages.stream(**ask) as stream:
    parts = list(stream.text_stream)
    last = stream.get_final_message()
try:
    Anthropic(api_key="sp_wrong", max_retries=0).messages.create(**ask)
    refused = "let in"
except AuthenticationError as error:
    refused = error.status_code
print(json.dumps([whole.content[0].text, "".join(parts), last.stop_reason, len(parts) > 3, refused]))
"""

OLLAMA = """
import ollama
client = ollama.Client(headers={"authorization": "Bearer " + os.environ["OLLAMA_API_KEY"]})
ask = dict(model="stand-in", messages=[{"role": "user", "content": "two doors"}])
whole = client.chat(**ask)
parts = [part.message.content for part in client.chat(stream=True, **ask)]
said = client.generate(model="stand-in", prompt="two doors").response
models = [model.model for model in client.list().models]
try:
    ollama.Client(headers={"authorization": "Bearer sp_wrong"}).list()
    refused = "let in"
except ollama.ResponseError as error:
    refused = error.status_code
print(json.dumps([whole.message.content, "".join(parts), said, len(parts) > 3, models, refused]))
"""


def run_client(program, door, **environment):
    """A client in a process of its own, which knows the front door by the variables that its library documents."""
    if door.url.startswith("https"):
        environment["SSL_CERT_FILE"] = str(door.gateway.authority)
    answer = subprocess.run(
        [sys.executable, "-c", "import json, os\n" + program], capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_openai(door):
    found = run_client(OPENAI, door, OPENAI_BASE_URL=door.url + "/v1", OPENAI_API_KEY=door.key)
    text = f"{OPENING} {SAID}"
    assert found == [text, text, text, text, True, 8, ["stand-in"], "invalid_api_key"]


def test_anthropic(door):
    found = run_client(ANTHROPIC, door, ANTHROPIC_BASE_URL=door.url, ANTHROPIC_API_KEY=door.key)
    text = f"{OPENING} {SAID}"
    assert found == [text, text, "end_turn", True, 401]


def test_ollama(door):
    found = run_client(OLLAMA, door, OLLAMA_HOST=door.url, OLLAMA_API_KEY=door.key)
    text = f"{OPENING} {SAID}"
    assert found == [text, text, text, True, ["stand-in"], 401]


def curl(door, *arguments):
    """curl's output and the protocol version and status it saw."""
    trust = ["--cacert", str(door.gateway.authority)] if door.url.startswith("https") else []
    answer = subprocess.run(
        ["curl", "-sS", "--max-time", "30", "-w", "\n%{http_version} %{http_code}", *trust, *arguments],
        capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    body, _, last = answer.stdout.rpartition("\n")
    version, status = last.split()
    return body, version, int(status)


CHAT = json.dumps({"model": "stand-in", "messages": [{"role": "user", "content": SAID}]})
CHAT_STREAM = json.dumps({"model": "stand-in", "stream": True, "messages": [{"role": "user", "content": SAID}]})


@pytest.mark.parametrize("body", [CHAT, CHAT_STREAM], ids=["whole", "stream"])
@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize("header", ["authorization: Bearer {}", "x-api-key: {}", "api-key: {}"])
def test_curl(secure, version, body, header):
    flag = "--http1.1" if version == "1.1" else "--http2"
    text, seen, status = curl(
        secure, flag, secure.url + "/v1/chat/completions", "-H", header.format(secure.key),
        "-H", "content-type: application/json", "-d", body)
    assert (seen, status) == (version, 200)
    assert "doors" in text and (body == CHAT or text.rstrip().endswith("data: [DONE]"))


def test_curl_plaintext(plain):
    text, seen, status = curl(
        plain, plain.url + "/v1/chat/completions", "-H", f"authorization: Bearer {plain.key}",
        "-H", "content-type: application/json", "-d", CHAT)
    assert (seen, status) == ("1.1", 200) and SAID in text


def test_curl_sends_a_large_body_after_100_continue(door):
    """curl asks first when a body is large; the gateway or the server behind it says to go on."""
    body = "x" * 2_000_000
    text, _, status = curl(
        door, "--http1.1", door.url + "/sink", "-H", f"x-api-key: {door.key}", "-H", "expect: 100-continue",
        "--data-binary", body[:100_000])
    assert status == 200 and json.loads(text)["bytes"] == 100_000


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
def test_httpx(secure, http2):
    with httpx.Client(http2=http2, verify=secure.gateway.tls_context(), headers=secure.bearer) as client:
        answer = client.post(secure.url + "/v1/chat/completions", content=CHAT)
        assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
        assert answer.status_code == 200 and SAID in answer.text
        with client.stream("POST", secure.url + "/v1/chat/completions", content=CHAT_STREAM) as stream:
            events = [line for line in stream.iter_lines() if line.startswith("data: ")]
    assert events[-1] == "data: [DONE]" and len(events) > 4


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
def test_what_arrives_upstream_is_what_was_sent(secure, http2):
    """Method, path, query and body stay; the key goes; our own headers are set anew whatever the client claims."""
    claims = {"x-forwarded-for": "6.6.6.6", "x-sallyport-principal": "root", "forwarded": "for=6.6.6.6"}
    with httpx.Client(http2=http2, verify=secure.gateway.tls_context(), headers=secure.bearer | claims) as client:
        seen = client.put(secure.url + "/echo/a%20b/c?x=1&y=%26", content=b"\x00\xff body").json()
    headers = [(name.lower(), value) for name, value in seen["headers"]]
    assert seen["method"] == "PUT" and seen["target"] == "/echo/a%20b/c?x=1&y=%26"
    assert seen["body_base64"] == "AP8gYm9keQ=="
    assert secure.key not in json.dumps(seen) and not any(name == "authorization" for name, _ in headers)
    assert "6.6.6.6" not in json.dumps(seen) and "root" not in json.dumps(seen)
    forwarded = [value for name, value in headers if name == "x-forwarded-for"]
    assert forwarded == ["127.0.0.1"]
    assert [value for name, value in headers if name == "x-forwarded-proto"] == ["https"]


def test_every_answer_has_a_request_id(door):
    text, _, _ = curl(door, "-i", door.url + "/v1/models", "-H", f"x-api-key: {door.key}")
    assert re.search(r"(?im)^x-request-id: \S{8,}", text), text
