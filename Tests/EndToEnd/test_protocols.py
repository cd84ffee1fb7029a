"""WebSocket and gRPC through the front door."""

import queue
from concurrent import futures

import grpc
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from harness import keys, objects, raw
from harness.upstream import Upstream

# WebSocket


def open_websocket(door, path="/ws", **options):
    """A WebSocket to the stand-in's echo."""
    url = door.url.replace("http", "ws", 1) + path
    context = door.gateway.tls_context("http/1.1") if door.url.startswith("https") else None
    return connect(url, ssl=context, open_timeout=20, close_timeout=20, compression=None, proxy=None, **options)


def test_websocket(door):
    with open_websocket(door, additional_headers=door.bearer) as socket:
        for message in ["a", "é" * 300, b"\0" * 70_000, ""]:
            socket.send(message)
            assert socket.recv(timeout=20) == message
        assert socket.ping(b"here").wait(20)


def test_websocket_pieces_arrive_as_sent(plain):
    with open_websocket(plain, additional_headers=plain.bearer) as socket:
        for number in range(50):
            socket.send(f"{number}")
            assert socket.recv(timeout=20) == f"{number}"


def test_websocket_needs_a_key(door):
    with pytest.raises(InvalidStatus) as refused:
        open_websocket(door)
    assert refused.value.response.status_code == 401


def test_websocket_leaves_one_record(plain):
    with open_websocket(plain, path="/ws-counted", additional_headers=plain.bearer) as socket:
        socket.send("x")
        assert socket.recv(timeout=20) == "x"
    plain.gateway.wait_for_records(1, lambda record: record["http"]["path"] == "/ws-counted")
    [record] = [record for record in plain.gateway.records_so_far() if record["http"]["path"] == "/ws-counted"]
    assert record["status"] == 101 and record["bytes"]["in"] > 0 and record["bytes"]["out"] > 0


def test_what_a_client_says_before_the_switch_is_not_sent_on(make_gateway):
    """Bytes after an upgrade request that the server refuses are no request of the next user's connection."""
    with Upstream(lambda exchange: exchange.send(404)) as upstream:
        gateway, key = make_gateway("upgrade"), keys.new_key()
        objects.write(
            gateway.objects / "all.yaml",
            objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
            objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
        gateway.start()
        upgrade = (
            f"GET /ws HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        hidden = "GET /hidden HTTP/1.1\r\nhost: localhost\r\n\r\n"
        with raw.connect(gateway.port) as connection:
            connection.sendall((upgrade + hidden).encode())
            assert raw.until_answered(connection).status in (400, 404)
        assert b"/hidden" not in upstream.bytes


# gRPC, without generated code: a service of bytes


class Echo(grpc.GenericRpcHandler):
    """`/test.Echo/...`: one to one, one to many, many to many, and an error with a status of its own."""

    def service(self, details):
        ways = {
            "/test.Echo/Once": grpc.unary_unary_rpc_method_handler(self.once),
            "/test.Echo/Many": grpc.unary_stream_rpc_method_handler(self.many),
            "/test.Echo/Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            "/test.Echo/Fail": grpc.unary_unary_rpc_method_handler(self.fail),
        }
        return ways.get(details.method)

    def __init__(self):
        self.metadata = []

    def once(self, message, context):
        self.metadata = [(entry.key, entry.value) for entry in context.invocation_metadata()]
        context.set_trailing_metadata([("x-count", "1")])
        return message

    def many(self, message, context):
        for number in range(5):
            yield message + str(number).encode()

    def talk(self, messages, context):
        for message in messages:
            yield message

    def fail(self, message, context):
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no room: 100 %")


@pytest.fixture(scope="module", params=["tls", "plaintext"])
def calls(make_gateway, request):
    """A gateway before a gRPC server without TLS: a channel to it, the metadata that opens it, and the server."""
    is_secure, handler = request.param == "tls", Echo()
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    gateway, key = make_gateway("grpc", plaintext=not is_secure), keys.new_key()
    listener = objects.https(gateway.tls_port) if is_secure else objects.listener(gateway.port)
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(listener), objects.grpc_route(),
        objects.backend("calls", port, protocol="kubernetes.io/h2c"), objects.access_key("alice", key), objects.policy())
    gateway.start()
    if is_secure:
        trust = grpc.ssl_channel_credentials(gateway.authority.read_bytes())
        channel = grpc.secure_channel(f"localhost:{gateway.tls_port}", trust)
    else:
        channel = grpc.insecure_channel(f"127.0.0.1:{gateway.port}")
    with channel:
        yield channel, [("authorization", f"Bearer {key}")], handler
    server.stop(None)


def test_grpc_once(calls):
    channel, metadata, handler = calls
    answer, call = channel.unary_unary("/test.Echo/Once").with_call(b"hello" * 50_000, metadata=metadata, timeout=30)
    assert answer == b"hello" * 50_000
    assert ("x-count", "1") in [(entry.key, entry.value) for entry in call.trailing_metadata()]
    assert "authorization" not in dict(handler.metadata)


def test_grpc_one_to_many(calls):
    channel, metadata, _ = calls
    assert list(channel.unary_stream("/test.Echo/Many")(b"x", metadata=metadata, timeout=30)) == [
        f"x{number}".encode() for number in range(5)]


def test_grpc_conversation(calls):
    """Each message is sent only after the answer to the one before it has come."""
    channel, metadata, _ = calls
    messages = queue.Queue()
    answers = channel.stream_stream("/test.Echo/Talk")(iter(messages.get, None), metadata=metadata, timeout=30)
    for number in range(5):
        messages.put(str(number).encode())
        assert next(answers) == str(number).encode()
    messages.put(None)
    assert list(answers) == []


def test_grpc_errors_come_through(calls):
    channel, metadata, _ = calls
    with pytest.raises(grpc.RpcError) as failed:
        channel.unary_unary("/test.Echo/Fail")(b"", metadata=metadata, timeout=30)
    assert failed.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert failed.value.details() == "no room: 100 %"


def test_grpc_needs_a_key(calls):
    channel, _, _ = calls
    with pytest.raises(grpc.RpcError) as failed:
        channel.unary_unary("/test.Echo/Once")(b"", timeout=30)
    assert failed.value.code() == grpc.StatusCode.UNAUTHENTICATED
