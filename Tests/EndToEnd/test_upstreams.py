"""The way on: servers that close, hang, lie about who they are, or are not there."""

import json
from concurrent import futures

import grpc
import httpx
import pytest

from harness import keys, objects, raw
from harness.certificates import self_signed
from harness.http2 import Http2Client
from harness.ports import free_port
from harness.standin import StandIn
from harness.upstream import Gate, Upstream

CHAT = "/v1/chat/completions"


def start(gateway, *found, route=None):
    """Start it with a plaintext listener and those objects; the key that opens it."""
    key = keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), route or objects.route(), *found,
        objects.access_key("alice", key), objects.policy())
    gateway.start()
    return {"x-api-key": key}


def test_a_server_that_closes_after_each_answer(make_gateway):
    """It says nothing of it. A GET that meets the end of its connection goes again on another one.

    (A POST may not: the server could have acted on it. That is why this test has none.)
    """
    def close(exchange):
        exchange.send()
        raise OSError("asked to close")

    with Upstream(close) as upstream:
        gateway = make_gateway("closing")
        with httpx.Client(base_url=gateway.url, headers=start(gateway, objects.backend("model", upstream.port))) as client:
            assert [client.get("/v1/models").status_code for _ in range(200)] == [200] * 200
        assert len(upstream.seen) == 200


def test_connections_are_used_again(make_gateway):
    with StandIn() as standin:
        gateway = make_gateway("pool")
        headers = start(gateway, objects.backend("model", standin.port))
        with httpx.Client(base_url=gateway.url, headers=headers) as client:
            before = client.get("/counters").json()
            for _ in range(20):
                assert client.get("/v1/models").status_code == 200
            after = client.get("/counters").json()
        assert after["requests"] - before["requests"] == 21
        assert after["connections"] == before["connections"]


def test_one_of_two_servers_is_gone(make_gateway):
    """What could not be sent goes to the other; nobody notices."""
    with Upstream() as upstream:
        gateway = make_gateway("half")
        headers = start(gateway, objects.backend("model", upstream.port, free_port()))
        with httpx.Client(base_url=gateway.url, headers=headers) as client:
            assert [client.post(CHAT, content=b"{}").status_code for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("what, statuses", [("nobody listens", {502, 503}), ("no endpoint", {503}), ("no service", {500})])
def test_no_server_at_all(make_gateway, what, statuses):
    gateway, port = make_gateway("none"), free_port()
    found = {"nobody listens": objects.backend("model", port), "no endpoint": objects.backend("model"), "no service": []}
    headers = start(gateway, found[what])
    answer = httpx.post(gateway.url + CHAT, headers=headers, content=b"{}")
    assert answer.status_code in statuses and answer.json()["error"]["code"] == "upstream_unavailable"
    assert str(port) not in answer.text and "127.0.0.1" not in answer.text
    assert httpx.post(gateway.url + CHAT).status_code == 401, "who has no key learns nothing of it"


def test_a_server_that_never_answers(make_gateway):
    gate = Gate()

    def hang(exchange):
        gate.wait()
        exchange.send()

    with Upstream(hang) as upstream:
        gateway = make_gateway("hanging")
        headers = start(
            gateway, objects.backend("model", upstream.port), route=objects.route(timeouts={"request": "300ms"}))
        answer = httpx.post(gateway.url + CHAT, headers=headers, content=b"{}", timeout=30)
        assert answer.status_code == 504 and answer.json()["error"]["code"] == "upstream_timeout"
        assert len(upstream.seen) == 1
        gate.open()


def test_trailers(secure):
    """A trailer passes in both protocols."""
    with Http2Client(secure.gateway.tls_port, secure.gateway.tls_context("h2")) as client:
        stream = client.request("GET", "/trailers", {"x-api-key": secure.key, "te": "trailers"})
        client.until_ended(stream)
        assert client.status(stream) == 200 and client.body(stream) == b"body"
        assert client.trailers(stream)["x-checksum"] == "841a2d689ad86bd1611447453c22c6fc"
    with raw.connect(secure.gateway.tls_port, secure.gateway.tls_context()) as connection:
        head = f"GET /trailers HTTP/1.1\r\nhost: localhost\r\nx-api-key: {secure.key}\r\nte: trailers\r\nconnection: te, close\r\n\r\n"
        connection.sendall(head.encode())
        answer = raw.until_closed(connection)
    assert answer.status == 200 and b"x-checksum: 841a2d689ad86bd1611447453c22c6fc" in answer.body


# TLS to the server


def with_tls(chain, authority, hostname="localhost"):
    """A policy that wants the service `model` to show a certificate of that authority, and the authority."""
    spec = {
        "targetRefs": [{"group": "", "kind": "Service", "name": "model"}],
        "validation": {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "authority"}], "hostname": hostname},
    }
    return [
        objects.made("v1", "ConfigMap", "authority", data={"ca.crt": authority.read_text()}),
        objects.made(f"{objects.GATEWAY_API}/v1", "BackendTLSPolicy", "tls", spec=spec)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Chain and key of the server, and a certificate that has nothing to do with it."""
    folder = tmp_path_factory.mktemp("certificates")
    return *self_signed(folder, "server"), self_signed(folder, "stranger")[0]


@pytest.mark.parametrize("what", ["right", "another authority", "another name"])
def test_a_server_must_be_who_it_should_be(make_gateway, certificate, what):
    chain, private, stranger = certificate
    with StandIn("--tls-cert", str(chain), "--tls-key", str(private)) as standin:
        gateway = make_gateway("tls")
        authority = stranger if what == "another authority" else chain
        hostname = "elsewhere.test" if what == "another name" else "localhost"
        headers = start(gateway, objects.backend("model", standin.port), with_tls(chain, authority, hostname))
        answer = httpx.get(gateway.url + "/v1/models", headers=headers)
        if what == "right":
            assert answer.status_code == 200 and "stand-in" in answer.text
        else:
            assert answer.status_code == 502 and answer.json()["error"]["code"] == "upstream_unavailable"


def test_http2_to_a_server_with_tls(make_gateway, certificate):
    """gRPC with TLS on both sides."""
    chain, private, _ = certificate
    echo = grpc.unary_unary_rpc_method_handler(lambda message, context: message)
    handler = grpc.method_handlers_generic_handler("test.Echo", {"Once": echo})
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[handler])
    credentials = grpc.ssl_server_credentials([(private.read_bytes(), chain.read_bytes())])
    port = server.add_secure_port("localhost:0", credentials)
    server.start()
    gateway, key = make_gateway("grpc-tls", plaintext=False), keys.new_key()
    route = objects.grpc_route(backend="model")
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port)), route, objects.backend("model", port),
        with_tls(chain, chain), objects.access_key("alice", key), objects.policy())
    gateway.start()
    trust = grpc.ssl_channel_credentials(gateway.authority.read_bytes())
    with grpc.secure_channel(f"localhost:{gateway.tls_port}", trust) as channel:
        call = channel.unary_unary("/test.Echo/Once")
        metadata = [("authorization", f"Bearer {key}")]
        assert [call(b"%d" % number, metadata=metadata, timeout=30) for number in range(5)] == [b"%d" % n for n in range(5)]
    server.stop(None)


def test_what_a_route_adds_and_takes(make_gateway):
    """A path that is rewritten and headers that are changed, as the server sees them."""
    filters = [
        {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/echo"}}},
        {"type": "RequestHeaderModifier", "requestHeaderModifier": {
            "set": [{"name": "x-set", "value": "by the route"}], "remove": ["x-taken"]}},
    ]
    with StandIn() as standin:
        gateway = make_gateway("filters")
        headers = start(
            gateway, objects.backend("model", standin.port), route=objects.route(prefix="/models", filters=filters))
        answer = httpx.get(gateway.url + "/models/a?b=c", headers=headers | {"x-taken": "1", "x-set": "by the client"})
    seen = answer.json()
    assert seen["target"] == "/echo/a?b=c"
    assert dict(seen["headers"])["x-set"] == "by the route" and "x-taken" not in json.dumps(seen)
