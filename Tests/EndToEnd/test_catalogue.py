"""A rule of `Inference` alone, in front of each server of the catalogue: what passes, what does not, and that it is told."""

import http.client
import json

import pytest

from harness import catalogue, keys, objects
from harness.upstream import Upstream

ROWS = catalogue.rows()
pytestmark = pytest.mark.skipif(not ROWS, reason=f"no list of endpoints at {catalogue.LIST}; set SALLYPORT_CONFORMANCE")

#: What looks like a request that the server has, and is none. Ray Serve has every path: an application is its author's.
UNLISTED = {
    "ollama": ["POST /api/pull/", "GET /api/pull", "PUT /api/chat", "POST /API/chat", "GET /debug/pprof/"],
    "vllm": ["GET /v1/chat/completions", "POST /v1/chat/completions/", "POST /sleep/x", "PATCH /health", "POST /v1"],
    "tgi": ["PUT /", "GET /generate", "POST /info", "POST /v1/models", "POST /v2/models/m/infer/x"],
    "triton": ["GET /v2/models/m/configs", "POST /v2/models/m", "DELETE /v2/models/m", "POST /v2/models/m/load", "GET /v2/"],
    "llama.cpp": ["PUT /props", "GET /completion", "POST /v1/props", "DELETE /slots/0", "POST /slots"],
    "open-webui": ["GET /api/chat/completions", "PUT /api/v1/nowhere", "POST /ollama/api/delete", "PATCH /api/config",
                   "GET /ollama/api/ps"],
    "langserve": ["GET /a/invoke", "POST /a/invoke/x", "PUT /a/feedback", "POST /a", "POST /docs"],
    "gradio": ["PUT /upload", "GET /file=", "POST /file=x", "GET /run/predict", "POST /config"],
    "comfyui": ["GET /upload/image", "DELETE /prompt", "GET /ws", "PUT /userdata", "POST /view"],
    "jupyter": ["POST /api/nowhere", "GET /api/kernels/k/channels", "PUT /api/kernels", "GET /", "GET /lab"],
    "ray-dashboard": ["POST /api/nowhere", "DELETE /api/jobs/", "PUT /api/jobs/x", "GET /api/v0/secrets", "PUT /"],
    "mlflow": ["GET /", "DELETE /graphql", "POST /get-artifact", "PATCH /version", "PUT /invocations"],
    "chroma": ["GET /", "POST /api/v1/collections", "PUT /api/v2/reset", "PUT /api/v2/tenants", "DELETE /api/v2"],
    "qdrant": ["DELETE /", "POST /nowhere", "GET /collections/c/points", "PATCH /snapshots", "GET /dashboard"],
    "weaviate": ["GET /", "GET /v1/nowhere", "GET /v1/graphql", "PUT /v1/graphql", "POST /v1/meta"],
    "milvus": ["GET /", "POST /healthz", "GET /v2/vectordb/entities/search", "POST /v2/vectordb/x/list", "PUT /expr"],
}
NOWHERE = ["GET /.env", "POST /admin", "GET /api/v9/x", "PATCH /nowhere", "DELETE /x/y/z"]

SAID = {"model": catalogue.NAME, "prompt": "hi", "input": "hi", "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}]}
TENSORS = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["hi"]}]}


@pytest.fixture(scope="module")
def street(make_gateway):
    """One gateway with a host name for each server, all with the same rule, and one server that answers for all."""
    gateway, key = make_gateway("catalogue"), keys.new_key()
    with Upstream() as upstream:
        found = [objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.access_key("alice", key),
                 objects.policy(to=[{"classes": ["Inference"]}])]
        for server in ROWS:
            name = server.replace(".", "-")
            found.append(objects.backend(name, upstream.port, server=server))
            found.append(objects.route(name, backend=name, hostnames=[f"{name}.test"]))
        objects.write(gateway.objects / "all.yaml", *found)
        yield gateway.start(), key, upstream


class Caller:
    """Sends requests for one server over one connection, and remembers what became of each."""

    def __init__(self, street, server):
        self.gateway, self.key, self.upstream = street
        self.host = server.replace(".", "-") + ".test"
        self.connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
        self.told = {}
        self.upstream.forget()

    def ask(self, method, path):
        """The status of one request."""
        headers = {"host": self.host, "x-api-key": self.key}
        body = None
        if method == "WS":
            headers |= {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
                        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
        elif method == "GRPC":
            headers["content-type"], body = "application/grpc", bytes(5)
        elif method in ("POST", "PUT", "PATCH"):
            headers["content-type"], body = content(path)
        self.connection.request({"WS": "GET", "GRPC": "POST"}.get(method, method), path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        self.told[answer.headers["x-request-id"]] = answer.status
        return answer.status

    def check(self, allowed):
        """Exactly those requests arrived, and each that was sent left its record."""
        arrived = [(exchange.method, exchange.target) for exchange in self.upstream.seen]
        assert arrived == [({"WS": "GET", "GRPC": "POST"}.get(method, method), path) for method, path in allowed]
        records = self.gateway.wait_for_records(len(self.told), lambda record: record["id"] in self.told)
        assert {record["id"]: record["status"] for record in records} == self.told and len(records) == len(self.told)
        for record in records:
            assert record["verdict"] == ("allowed" if record["status"] == 200 else "denied"), record
        return records


def content(path):
    """A content type and a body such as the path is asked with."""
    last = path.rsplit("/", 1)[-1]
    if last in ("transcriptions", "translations"):
        part = '--edge\r\ncontent-disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
        form = part.format("model", "", catalogue.NAME) + part.format("file", '; filename="a.wav"', "RIFF") + "--edge--\r\n"
        return "multipart/form-data; boundary=edge", form.encode()
    body = SAID
    if last == "infer":
        body = TENSORS
    elif path in ("/", "/generate", "/generate_stream"):
        body = {"inputs": "hi"}
    elif last in ("generate", "generate_stream") and "/models/" in path:
        body = {"text_input": "hi"}
    return "application/json", json.dumps(body).encode()


@pytest.mark.parametrize("server", ROWS)
def test_inference_alone_opens_the_rows_that_are_nothing_else(street, server):
    caller, allowed, wrong = Caller(street, server), [], []
    for row in ROWS[server]:
        for method, path in row.requests():
            status = caller.ask(method, path)
            if row.is_inference_only:
                allowed.append((method, path))
            if status != (200 if row.is_inference_only else 403):
                wrong.append(f"{method} {path}: {status}")
    assert not wrong, f"{len(wrong)} of {len(caller.told)}: {wrong}"
    records = caller.check(allowed)
    assert {record["ai"]["server"] for record in records if record["verdict"] == "allowed"} <= {server}
    assert {record["reason"] for record in records} <= {"rule_matched", "operation_not_allowed"}


@pytest.mark.parametrize("server", UNLISTED)
def test_what_is_not_listed_is_denied(street, server):
    caller = Caller(street, server)
    requests = [request.split(" ") for request in UNLISTED[server] + NOWHERE]
    assert len(requests) == 10
    told = {f"{method} {path}": caller.ask(method, path) for method, path in requests}
    assert set(told.values()) == {403}, told
    assert {record["reason"] for record in caller.check([])} == {"unknown_endpoint"}
